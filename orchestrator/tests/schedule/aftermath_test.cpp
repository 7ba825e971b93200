// SPDX-License-Identifier: GPL-3.0-or-later
// What is done about experiments that have ended: noise of A/A runs, hosts that got worse, confirmations.
#include "schedule/aftermath.hpp"

#include <catch2/catch.hpp>

#include "pipeline/confirmed_report.hpp"
#include "tests/schedule/night_lab.hpp"

using namespace klab;
using namespace klab::test;

namespace {

ExperimentRequest two_arms(const std::string& base, const std::string& patched) {
  ExperimentRequest request;
  request.title = "t";
  request.boots = 5;
  request.arms.resize(2);
  request.arms[0].label = "baseline";
  request.arms[0].base = base;
  request.arms[1].label = "patched";
  request.arms[1].base = patched;
  return request;
}

std::int64_t submit(NightLab& lab, const ExperimentRequest& request) {
  auto plan = make_plan(request, lab.lab.config, "ada", 5);
  REQUIRE(plan);
  return ExperimentStore(lab.database).add(*plan, lab.clock()).value();
}

}  // namespace

TEST_CASE("confirm: fresh boots of both arms where a verdict is near its threshold, once") {
  NightLab lab(5);
  lab.weather.sd = 0.005;
  const auto base = lab.head();
  auto request = two_arms(base, lab.commit(110.0, "slower"));
  request.confirm = true;
  request.delta = 0.10;
  const auto id = submit(lab, request);
  lab.settle();
  ExperimentStore experiments(lab.database);
  const auto first = experiments.get(id).value();
  REQUIRE(first.confirmed_by);
  CHECK(first.seen);
  const auto fresh = experiments.get(*first.confirmed_by).value();
  CHECK(fresh.confirms == id);
  CHECK(fresh.plan.title == "confirmation of experiment 1: t");
  CHECK(fresh.plan.seed != first.plan.seed);
  CHECK_FALSE(fresh.plan.confirm);
  CHECK_FALSE(fresh.confirmed_by);
  CHECK(fresh.arms[1].commit == first.arms[1].commit);
  CHECK(experiments.list(10)->size() == 2);
  NightLab::Life life(lab);
  const auto report = confirmed_report(life.daemon.lab, first).value();
  REQUIRE(report.confirmation.size() == 1);
  CHECK(report.comparisons[0].rows[0].reference.size() == 5);  // never pooled
  CHECK(report.confirmation[0].comparisons[0].rows[0].reference.size() == 5);
  CHECK(report.confirmation_outcome == Outcome::ok);
  CHECK(confirmed_report(life.daemon.lab, fresh)->confirmation_note == "these are fresh boots, to confirm experiment 1");
  // One that ended badly is remembered.
  lab.database.connection().exec(fmt::format("UPDATE experiment SET outcome = 'crashed', message = 'm' WHERE id = {}", fresh.id));
  const auto crashed = confirmed_report(life.daemon.lab, first).value();
  CHECK(crashed.confirmation.empty());
  CHECK(crashed.confirmation_outcome == Outcome::crashed);
  CHECK(crashed.confirmation_note == "fresh boots of all arms were experiment 2, which ended as crashed: m");
}

TEST_CASE("confirm: a boot that failed is no reason to leave the others unconfirmed") {
  NightLab lab(9);
  lab.weather.sd = 0.005;
  lab.weather.trips = 1;
  const auto base = lab.head();
  auto request = two_arms(base, lab.commit(110.0, "slower"));
  request.boots = 7;
  request.confirm = true;
  request.delta = 0.10;
  const auto id = submit(lab, request);
  lab.settle();
  const auto first = ExperimentStore(lab.database).get(id).value();
  CHECK(first.outcome == Outcome::crashed);
  CHECK(first.confirmed_by);
}

TEST_CASE("confirm: what is settled needs none, and who did not ask gets none") {
  NightLab lab(6);
  lab.weather.sd = 0.005;
  const auto base = lab.head();
  auto request = two_arms(base, lab.commit(130.0, "much slower"));
  request.confirm = true;
  const auto settled = submit(lab, request);
  request.confirm = false;
  request.delta = 0.30;
  const auto not_asked = submit(lab, request);
  lab.settle();
  NightLab::Life life(lab);
  ExperimentStore experiments(lab.database);
  CHECK(experiments.list(10)->size() == 2);
  const auto report = confirmed_report(life.daemon.lab, experiments.get(settled).value()).value();
  CHECK(report.confirmation_note == "no confirmation was needed: no primary row is suggestive or near its threshold");
  CHECK(confirmed_report(life.daemon.lab, experiments.get(not_asked).value())->confirmation_note.empty());
}

TEST_CASE("noise: A/A runs tell what equal kernels differ by, and tables use what was known before") {
  NightLab lab(7);
  lab.weather.sd = 0.03;
  auto request = two_arms("", "");
  for (int i = 0; i < least_aa_runs; ++i) submit(lab, request);
  lab.settle();
  TrendStore trends(lab.database);
  const auto floors = trends.floors("vm").value();
  REQUIRE(floors.size() == 1);
  CHECK(floors.begin()->second.runs == least_aa_runs);
  const auto standing = trends.aa_standing().value();
  CHECK(standing.runs == least_aa_runs);
  CHECK(standing.alarms <= 2);
  CHECK(floors.begin()->second.size > 0.001);
  CHECK(floors.begin()->second.size < 0.15);
  const auto base = lab.head();
  const auto later = submit(lab, two_arms(base, lab.commit(100.0, "harmless")));
  lab.settle();
  NightLab::Life life(lab);
  ExperimentStore experiments(lab.database);
  CHECK(experiment_report(life.daemon.lab, experiments.get(later).value())->comparisons[0].rows[0].floor->runs == least_aa_runs);
  CHECK_FALSE(experiment_report(life.daemon.lab, experiments.get(1).value())->comparisons[0].rows[0].floor);
}

TEST_CASE("noise: an A/A run whose arms differ is an alarm, one with too few boots is no evidence") {
  NightLab lab(7);
  lab.weather.sd = 0.005;
  auto request = two_arms("", "");
  for (const int boots : {2, 3}) {  // of 3 and 3 the smallest p is 0.1
    request.boots = boots;
    submit(lab, request);
  }
  lab.settle();
  TrendStore trends(lab.database);
  CHECK(trends.aa_standing().value().runs == 0);
  // Of a run that the procedure told apart.
  const auto id = ExperimentStore(lab.database).get(1).value().id;
  REQUIRE(trends.add_noise(id, "vm", {}, 1.0, true).has_value());
  REQUIRE(trends.add_noise(id, "vm", {}, 1.0, true).has_value());
  CHECK(trends.aa_standing().value().runs == 1);
  CHECK(trends.aa_standing().value().alarms == 1);
}

TEST_CASE("noise: a host whose floor has doubled is quarantined; once mended, its past counts no more") {
  NightLab lab(8);
  lab.lab.add_host("host1");
  ExperimentStore experiments(lab.database);
  TrendStore trends(lab.database);
  HostStore hosts(lab.database);
  auto request = two_arms("", "");
  for (auto& arm : request.arms) arm.machine = "host1";
  auto plan = make_plan(request, lab.lab.config, "ada", 5);
  REQUIRE(plan);
  double time = 1.0;
  const auto run = [&](double size) {
    const auto id = experiments.add(*plan, time).value();
    REQUIRE(experiments.finish(id, Outcome::ok, "", "", time).has_value());
    REQUIRE(trends.add_noise(id, "host1", {{{"tiny", "a", "time"}, true, size}}, time).has_value());
    REQUIRE(trends.set_seen(id).has_value());
    time += 1.0;
  };
  const auto look = [&] {
    const auto id = experiments.add(*plan, time).value();
    REQUIRE(experiments.finish(id, Outcome::ok, "", "", time).has_value());
    lab.settle();
  };
  for (int i = 0; i < 20; ++i) run(0.02);
  for (int i = 0; i < 18; ++i) run(0.02);
  run(0.09);
  look();
  CHECK_FALSE(hosts.standing("host1")->quarantine);  // one of twenty
  run(0.09);
  look();
  REQUIRE(hosts.standing("host1")->quarantine);
  CHECK(hosts.standing("host1")->quarantine->reason ==
        "the noise floor of tiny a, time is 9.0 % over the newest 20 A/A runs, 2.0 % over the 20 before");
  REQUIRE(hosts.release("host1", "ada", time).has_value());
  time += 1.0;
  look();
  CHECK_FALSE(hosts.standing("host1")->quarantine);
}

TEST_CASE("noise: of guests it is told once, as an event, and whoever is cut off before it tells it later") {
  NightLab lab(10);
  ExperimentStore experiments(lab.database);
  TrendStore trends(lab.database);
  HostStore hosts(lab.database);
  auto plan = make_plan(two_arms("", ""), lab.lab.config, "ada", 5);
  REQUIRE(plan);
  double time = 1.0;
  const auto run = [&](double size) {
    const auto id = experiments.add(*plan, time).value();
    REQUIRE(experiments.finish(id, Outcome::ok, "", "", time).has_value());
    REQUIRE(trends.add_noise(id, "vm", {{{"tiny", "a", "time"}, true, size}}, time).has_value());
    time += 1.0;
    return id;
  };
  for (int i = 0; i < 38; ++i) REQUIRE(trends.set_seen(run(0.02)).has_value());
  REQUIRE(trends.set_seen(run(0.09)).has_value());
  run(0.09);  // here klabd was killed
  lab.settle();
  REQUIRE(hosts.events("vm", 10)->size() == 1);
  CHECK(hosts.events("vm", 10)->front().kind == "noise");
  CHECK(hosts.events("vm", 10)->front().text == "the noise floor of tiny a, time is 9.0 % over the newest 20 A/A runs, 2.0 % over the 20 before");
  CHECK(trends.unseen()->empty());
  run(0.09);
  lab.settle();
  CHECK(hosts.events("vm", 10)->size() == 1);
  CHECK_FALSE(hosts.standing("vm")->quarantine);
}
