// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/host_store.hpp"

#include <catch2/catch.hpp>

#include "store/boot_store.hpp"
#include "store/experiment_store.hpp"
#include "store/migrations.hpp"
#include "util/file.hpp"
#include "util/text.hpp"

using namespace klab;

namespace {

struct Fixture {
  TemporaryDirectory directory = TemporaryDirectory::create("/tmp", "klab-store-").value();
  Database database = Database::open(directory.path() / "klab.db").value();
  ExperimentStore experiments{database};
  BootStore boots{database};
  HostStore hosts{database};

  // Two arms alike; what makes them differ is up to the caller.
  static ExperimentPlan plan(const std::string& machine, const std::string& request = {}) {
    ExperimentPlan plan;
    plan.title = "t";
    plan.submitter = "ada";
    plan.seed = 1;
    ArmPlan arm;
    arm.label = "a1";
    arm.tree = "debian";
    arm.kconfig.fragments.push_back({"lab", "CONFIG_SMP=y\n"});
    arm.machine = machine;
    arm.machine_request = request;
    plan.arms = {arm, arm};
    plan.arms[1].label = "a2";
    plan.contrasts = {{0, 1}};
    return plan;
  }
  std::int64_t add(const ExperimentPlan& plan) { return experiments.add(plan, 1.0).value(); }
  std::string events(const std::string& host) {
    std::string out;
    const auto all = hosts.events(host, 100).value();
    for (const auto& event : all) out += fmt::format("{} {}: {}\n", event.time, event.kind, event.text);
    return out;
  }
};

}  // namespace

TEST_CASE("hosts: a quarantine keeps its first reason, and a release says what it ended") {
  Fixture f;
  CHECK(f.hosts.quarantine("host1", "no\npower", "klabd", 10.0).value());
  CHECK_FALSE(f.hosts.quarantine("host1", "something else", "ada", 11.0).value());
  CHECK(f.hosts.standing("host1")->quarantine->reason == "no power");
  CHECK(f.hosts.standing("host1")->quarantine->since == 10.0);
  CHECK_FALSE(f.hosts.standing("host2")->quarantine);
  REQUIRE(f.hosts.reserve("host1", {"bob", "ada", 12.0, 5000.0}).has_value());
  CHECK(f.hosts.standings()->size() == 1);
  const auto ended = f.hosts.release("host1", "ada", 13.0).value();
  CHECK(ended.quarantine->reason == "no power");
  CHECK(ended.reservation->person == "bob");
  CHECK(f.hosts.standings()->empty());
  CHECK(f.events("host1") ==
        "13 release: from the reservation for bob (by ada)\n13 release: from quarantine: no power (by ada)\n12 reserve: for bob until " +
            local_time(5000.0) +
            " (by ada)\n11 quarantine: something else (by ada, in quarantine already)\n10 quarantine: no power (by klabd)\n");
  const auto nothing = f.hosts.release("host1", "ada", 14.0).value();
  CHECK_FALSE(nothing.quarantine);
  CHECK_FALSE(nothing.reservation);
}

TEST_CASE("hosts: reservations end at their time, not before") {
  Fixture f;
  REQUIRE(f.hosts.reserve("host1", {"bob", "ada", 10.0, 100.0}).has_value());
  REQUIRE(f.hosts.reserve("host2", {"bob", "ada", 10.0, 200.0}).has_value());
  CHECK(f.hosts.end_reservations(99.9).value() == 0);
  CHECK(f.hosts.end_reservations(100.0).value() == 1);
  CHECK_FALSE(f.hosts.standing("host1")->reservation);
  CHECK(f.hosts.standing("host2")->reservation->until == 200.0);
  CHECK(f.hosts.events("host1", 1)->at(0).text == "for bob: its time was over");
}

TEST_CASE("hosts: a lease is exclusive, all hosts or none, and only what was in use outlives the daemon") {
  Fixture f;
  const auto id = f.add(Fixture::plan("host1"));
  REQUIRE(f.hosts.lease({"host2"}, {std::nullopt, LeasePurpose::probe, 5.0}).has_value());
  const auto refused = f.hosts.lease({"host1", "host2"}, {id, LeasePurpose::experiment, 6.0});
  REQUIRE(refused.has_error());
  CHECK(refused.error().message ==
        "cannot store the lease in \"" + (f.directory.path() / "klab.db").string() + "\": UNIQUE constraint failed: lease.host");
  CHECK(f.hosts.leases()->size() == 1);
  REQUIRE(f.hosts.lease({"host1", "host3"}, {id, LeasePurpose::experiment, 6.0}).has_value());
  REQUIRE(f.hosts.lease({"host4"}, {id, LeasePurpose::experiment, 6.0}).has_value());
  REQUIRE(f.hosts.set_end_of_use("host4").has_value());
  REQUIRE(f.boots.add_slots(id, {f.experiments.get(id)->arms[0].id}).has_value());
  BootStart start;
  start.slot = f.boots.slots(id)->at(0).id;
  REQUIRE(f.boots.start(start).has_value());
  REQUIRE(f.hosts.take_up_leases().has_value());
  const auto left = f.hosts.leases().value();
  REQUIRE(left.size() == 2);
  CHECK(left.at("host1").purpose == LeasePurpose::end_of_use);
  CHECK_FALSE(left.at("host1").experiment);
  CHECK(left.at("host4").purpose == LeasePurpose::end_of_use);
  REQUIRE(f.hosts.end_lease("host1").has_value());
  CHECK(f.hosts.leases()->size() == 1);
}

TEST_CASE("hosts: the latest probe replaces the one before") {
  Fixture f;
  CHECK_FALSE(*f.hosts.probe("host1"));
  REQUIRE(f.hosts.set_probe("host1", {10.0, {{"SOL", false, "taken", "end it"}, {"power state", true, "off", ""}}}).has_value());
  REQUIRE(f.hosts.set_probe("host1", {20.0, {{"power state", true, "on\x1b[2J", ""}}}).has_value());
  const auto probe = f.hosts.probe("host1").value();
  REQUIRE(probe.has_value());
  CHECK(probe->time == 20.0);
  REQUIRE(probe->findings.size() == 1);
  CHECK(probe->findings[0].text == "on\xEF\xBF\xBD[2J");
  CHECK(f.events("host1") == "20 probe: all is in order\n10 probe: 1 of 2 findings are bad\n");
}

TEST_CASE("hosts: an assignment binds the arms that asked, and boots keep the machine they ran on") {
  Fixture f;
  auto plan = Fixture::plan("pool=small", "pool=small");
  plan.arms.push_back(plan.arms[0]);
  plan.arms[2].label = "vm";
  plan.arms[2].machine = "vm";
  plan.arms[2].machine_request.clear();
  const auto id = f.add(plan);
  REQUIRE(f.experiments.assign_machine(id, "pool=small", "host1").has_value());
  auto record = f.experiments.get(id).value();
  CHECK(record.plan.arms[0].machine == "host1");
  CHECK(record.plan.arms[1].machine_request == "pool=small");
  CHECK(record.plan.arms[2].machine == "vm");
  const auto places = f.experiments.places(id).value();
  REQUIRE(places.places.size() == 2);
  CHECK(places.submitter == "ada");
  CHECK(places.places[0].machine == "host1");
  CHECK_FALSE(places.places[0].measured);
  REQUIRE(f.boots.add_slots(id, {record.arms[0].id}).has_value());
  BootStart start;
  start.slot = f.boots.slots(id)->at(0).id;
  const auto first = f.boots.start(start).value();
  BootEnd end;
  REQUIRE(f.boots.finish(first, end).has_value());
  REQUIRE(f.experiments.assign_machine(id, "pool=small", "host2").has_value());
  start.attempt = 2;
  const auto second = f.boots.start(start).value();
  end.outcome = Outcome::crashed;
  end.title = "kernel BUG";
  REQUIRE(f.boots.finish(second, end).has_value());
  CHECK(f.experiments.places(id)->places[0].measured);
  CHECK_FALSE(f.experiments.places(id)->places[1].measured);
  REQUIRE(f.hosts.boots("host1", 50)->size() == 1);
  CHECK(f.hosts.boots("host1", 50)->at(0).outcome == Outcome::lab_error);
  REQUIRE(f.hosts.boots("host2", 50)->size() == 1);
  CHECK(f.hosts.boots("host2", 50)->at(0).title == "kernel BUG");
  CHECK(f.hosts.boots("host2", 50)->at(0).experiment == id);
  // No request is no wish: arms of named machines are not moved by it.
  REQUIRE(f.experiments.assign_machine(id, "", "host3").has_value());
  CHECK(f.experiments.get(id)->plan.arms[2].machine == "vm");
  REQUIRE(f.experiments.set_message(id, "moved").has_value());
  CHECK(f.experiments.get(id)->message == "moved");
  REQUIRE(f.experiments.finish(id, Outcome::ok, "", "", 2.0).has_value());
  REQUIRE(f.experiments.set_message(id, "too late").has_value());
  CHECK(f.experiments.get(id)->message.empty());
  CHECK(f.experiments.places(77).error().message == "cannot find experiment 77; klab status lists them");
}

TEST_CASE("hosts: an A/A run is two arms of one variant on one host, the newest of them") {
  Fixture f;
  CHECK_FALSE(*f.hosts.newest_aa("host1"));
  const auto first = f.add(Fixture::plan("host1"));
  const auto second = f.add(Fixture::plan("host1"));
  f.add(Fixture::plan("host2"));
  auto differing = Fixture::plan("host1");
  differing.arms[1].command_line = "quiet";
  f.add(differing);
  differing = Fixture::plan("host1");
  differing.arms[1].kconfig.fragments[0].text = "CONFIG_SMP=n\n";
  f.add(differing);
  differing = Fixture::plan("host1");
  differing.series.emplace_back();
  differing.arms[1].series = 0;
  f.add(differing);
  auto more = Fixture::plan("host1");
  more.arms.push_back(more.arms[0]);
  more.arms[2].label = "a3";
  f.add(more);
  CHECK(first < second);
  CHECK(f.hosts.newest_aa("host1").value() == second);
}

TEST_CASE("hosts: boots from before hosts were known are given the machine of their arm") {
  auto directory = TemporaryDirectory::create("/tmp", "klab-store-").value();
  const auto path = directory.path() / "klab.db";
  {
    SQLite::Database old(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    for (std::size_t i = 0; i < 4; ++i) old.exec(migrations().at(i).sql);
    old.exec("PRAGMA user_version = 4;"
             "INSERT INTO experiment (id, title, submitter, created, state, boots, seed, delta) VALUES (1, 't', 'a', 1, 'queued', 1, 1, 0);"
             "INSERT INTO arm (id, experiment, position, label, tree, base, kconfig_base, command_line, machine, architecture)"
             " VALUES (1, 1, 0, 'a', 't', '', 'k', '', 'vm', 'x86_64');"
             "INSERT INTO slot (id, experiment, position, arm) VALUES (1, 1, 1, 1);"
             "INSERT INTO boot (slot, attempt, started, case_seed, nonce) VALUES (1, 1, 1, 1, 'n')");
  }
  auto database = Database::open(path);
  REQUIRE(database.has_value());
  HostStore hosts(*database);
  CHECK(hosts.boots("vm", 5)->size() == 1);
}
