// SPDX-License-Identifier: GPL-3.0-or-later
// Experiments with a profile over a fake machine: what is sampled never mixes with what is measured.
#include <spdlog/spdlog.h>

#include <catch2/catch.hpp>

#include "pipeline/plan.hpp"
#include "pipeline/report_data.hpp"
#include "store/statement.hpp"
#include "tests/schedule/cheap_lab.hpp"

using namespace klab;
using namespace klab::test;

namespace {

struct Place {
  Place() {
    spdlog::set_level(spdlog::level::off);
    auto plan = make_plan(request(), lab.config, "ada", 5);
    REQUIRE(plan);
    id = daemon.experiments.add(*plan, 1.0).value();
  }
  static ExperimentRequest request() {
    auto request = CheapLab::request(3);
    request.profile = true;
    return request;
  }
  // The row of the boot under way.
  std::string of_boot(const char* sql) {
    auto row = statement(database.connection(), sql);
    REQUIRE(row.executeStep());
    return row.getColumn(0).getString();
  }
  std::string nonce() { return of_boot("SELECT nonce FROM boot WHERE outcome IS NULL"); }
  bool profiled() { return of_boot("SELECT profile FROM slot JOIN boot ON slot = slot.id WHERE outcome IS NULL") == "1"; }
  FakeBoot good(double value) {
    FakeBoot boot;
    boot.console("[    0.000000] Linux version 9.9 (klab@klab)\nklab: init\nklab: runner start\n")
        .results(tiny_results(nonce(), value, profiled()))
        .ends(PowerEnd::powered_off);
    return boot;
  }
  Report report() {
    auto made = experiment_report(daemon.lab, daemon.experiments.get(id).value());
    REQUIRE(made);
    return *made;
  }

  TemporaryDirectory directory = scratch();
  CheapLab lab{directory.path()};
  Database database = Database::open(lab.config.database()).value();
  CheapDaemon daemon{lab, database};
  std::int64_t id = 0;
};

}  // namespace

TEST_CASE("profile: one more boot per arm, last of all, whose numbers are dropped") {
  Place place;
  std::vector<bool> order;
  place.daemon.machine->behaviour = [&](const BootSpec&) {
    order.push_back(place.profiled());
    // Numbers that would show if they were kept.
    return place.good(order.back() ? 1e9 : 100.0 + static_cast<double>(order.size() % 2));
  };
  REQUIRE(place.daemon.work());
  CHECK(order == std::vector<bool>{false, false, false, false, false, false, true, true});
  const auto report = place.report();
  CHECK(report.comparisons.at(0).reference_boots == 3);
  CHECK(report.comparisons[0].patched_boots == 3);
  for (const auto& row : report.comparisons[0].rows)
    for (const auto* side : {&row.reference, &row.patched})
      for (const auto& boot : *side) CHECK(boot.value < 200);
  REQUIRE(report.comparisons[0].profile);
  const auto& profile = *report.comparisons[0].profile;
  CHECK(profile.patched.label == "patched");
  CHECK(profile.patched.trouble.empty());
  CHECK(profile.patched.waits);
  REQUIRE(profile.reference.cases.size() == 1);
  CHECK(profile.reference.cases[0].symbols.at(0).symbol == "queued_spin_lock_slowpath");
  CHECK(place.daemon.experiments.list(1).value().at(0).boots_planned == 6);
  CHECK(place.daemon.experiments.list(1).value().at(0).boots_done == 6);
}

TEST_CASE("profile: a boot that crashes under it is kept with its evidence and harms nothing") {
  Place place;
  place.daemon.machine->behaviour = [&](const BootSpec&) {
    auto boot = place.good(100.0);
    if (place.profiled() && place.of_boot("SELECT label FROM arm JOIN slot ON arm = arm.id JOIN boot ON slot = slot.id"
                                          " WHERE boot.outcome IS NULL") == "patched") {
      boot.steps.resize(1);
      boot.console("[    3.000000] Kernel panic - not syncing: because\n[    3.100000] ---[ end Kernel panic - not syncing: because ]---\n")
          .ends(PowerEnd::panicked);
    }
    return boot;
  };
  REQUIRE(place.daemon.work());
  CHECK(place.daemon.experiments.get(place.id).value().outcome == Outcome::ok);
  const auto report = place.report();
  CHECK(report.comparisons.at(0).patched_failed == 0);
  const auto boots = place.daemon.boots.list(place.id, BootKind::profiled).value();
  REQUIRE(boots.size() == 2);
  CHECK(boots[1].outcome == Outcome::crashed);
  CHECK(place.daemon.boots.console(boots[1].id).value().find("because") != std::string::npos);
  CHECK(report.comparisons[0].profile->patched.trouble == "crashed: kernel panic: because");
  CHECK(report.comparisons[0].profile->patched.cases.empty());
  CHECK(report.comparisons[0].profile->reference.cases.size() == 1);
}

TEST_CASE("profile: a kernel that cannot be sampled says what it lacks") {
  Place place;
  place.daemon.machine->behaviour = [&](const BootSpec&) {
    FakeBoot boot;
    boot.console("[    0.000000] Linux version 9.9 (klab@klab)\nklab: init\nklab: runner start\n")
        .results(tiny_results(place.nonce(), 1.0, false, place.profiled() ? "this kernel lacks CONFIG_PERF_EVENTS" : ""))
        .ends(PowerEnd::powered_off);
    return boot;
  };
  REQUIRE(place.daemon.work());
  CHECK(place.daemon.experiments.get(place.id).value().outcome == Outcome::ok);
  const auto report = place.report();
  CHECK(report.comparisons.at(0).profile->reference.trouble == "no profile: this kernel lacks CONFIG_PERF_EVENTS");
  CHECK(report.comparisons[0].rows.size() == 1);
}

TEST_CASE("profile: what the lab spoils is tried again, and then left out") {
  Place place;
  int starts = 0;
  place.daemon.machine->behaviour = [&](const BootSpec&) {
    auto boot = place.good(100.0);
    if (place.profiled() && ++starts <= 3) boot.fails_to_start(lab_error("cannot start: no memory"));
    return boot;
  };
  REQUIRE(place.daemon.work());
  CHECK(starts == 4);
  CHECK(place.daemon.experiments.get(place.id).value().outcome == Outcome::ok);
  const auto profile = place.report().comparisons.at(0).profile.value();
  CHECK(profile.reference.trouble == "lab-error: cannot start: no memory");
  CHECK(profile.patched.cases.size() == 1);
}
