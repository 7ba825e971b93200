// SPDX-License-Identifier: GPL-3.0-or-later
// Whole experiments on hosts that fail, are kept for others, and run beside one another.
#include "pipeline/report_data.hpp"
#include "tests/schedule/hosts_place.hpp"

using namespace klab;
using namespace klab::test;
using Place = HostsPlace;

namespace {

// The first boot of `held` lasts until one of `other` begins; run one after the other they would never end.
void hold_until_both_run(CheapDaemon& daemon, FakeMachine& held, FakeMachine& other, int& met) {
  held.behaviour = [&held, &met, usual = held.behaviour](const BootSpec& boot) {
    auto whole = usual(boot);
    if (met > 0) return whole;
    held.after_nmi = whole;
    return FakeBoot();
  };
  other.on_start = [&](const BootSpec&) {
    if (!held.running() || met > 0) return;
    ++met;
    auto going_on = held.inject_nmi();
    boost::asio::co_spawn(daemon.reactor, std::move(going_on), [](std::exception_ptr, Result<void>) {});
  };
}

}  // namespace

TEST_CASE("hosts: experiments on two hosts run beside each other, and are put to rest") {
  Place p;
  const auto first = p.submit("host1");
  const auto second = p.submit("host2");
  int met = 0;
  hold_until_both_run(*p.daemon, *p.daemon->bare["host1"], *p.daemon->bare["host2"], met);
  REQUIRE(p.daemon->work());
  CHECK(met == 1);
  CHECK(p.record(first).outcome == Outcome::ok);
  CHECK(p.record(second).outcome == Outcome::ok);
  CHECK(p.machines(first) == "host1");
  CHECK(p.machines(second) == "host2");
  CHECK(p.leased_in_time);
  CHECK(p.daemon->bare["host1"]->end_uses() == 1);
  CHECK(p.daemon->bare["host2"]->end_uses() == 1);
  CHECK(p.daemon->machine->started().empty());
  CHECK(p.text("SELECT host FROM lease").empty());
}

TEST_CASE("hosts: while a host measures, guests build and boot; two experiments with guests do not") {
  Place p;
  const auto bare = p.submit("host1");
  const auto guests = p.submit("vm");
  const auto more = p.submit("vm");
  int met = 0;
  hold_until_both_run(*p.daemon, *p.daemon->bare["host1"], *p.daemon->machine, met);
  REQUIRE(p.daemon->work());
  CHECK(met == 1);
  for (const auto id : {bare, guests, more}) CHECK(p.record(id).outcome == Outcome::ok);
  CHECK(p.text(fmt::format("SELECT count(*) FROM boot a JOIN slot ON a.slot = slot.id WHERE experiment = {} AND started <"
                           " (SELECT max(finished) FROM boot b JOIN slot s ON b.slot = s.id WHERE s.experiment = {})",
                           more, guests)
                   .c_str()) == "0");
}

TEST_CASE("hosts: one that cannot be reached is quarantined, and everything else goes on") {
  Place p;
  p.daemon->bare["host1"]->acceleration = lab_error("cannot log in to the BMC of \"host1\": wrong password");
  const auto broken = p.submit("host1");
  const auto sound = p.submit("host2");
  const auto later = p.submit("host1");
  REQUIRE(p.daemon->work([&] { return p.record(sound).outcome && p.record(broken).outcome && !p.told(later).empty(); }));
  CHECK(p.record(sound).outcome == Outcome::ok);
  CHECK(p.record(broken).outcome == Outcome::lab_error);
  CHECK(p.record(broken).message == "host host1 failed and is quarantined: cannot log in to the BMC of \"host1\": wrong password;"
                                    " klab host release host1 when it is mended");
  CHECK(p.told(later) == "waiting for host1: quarantined (cannot log in to the BMC of \"host1\": wrong password)");
  CHECK(p.daemon->hosts.standing("host1")->quarantine->person == "klabd");

  p.begin_life();
  REQUIRE(p.daemon->hosts.release("host1", "ada", 2.0));
  REQUIRE(p.daemon->work());
  CHECK(p.record(later).outcome == Outcome::ok);
}

TEST_CASE("hosts: an experiment that asked for a pool takes another host when the first fails before any result") {
  Place p;
  p.daemon->bare["host1"]->behaviour = [](const BootSpec&) { return FakeBoot().fails_to_start(lab_error("cannot switch on \"host1\": refused")); };
  const auto id = p.submit("pool=small");
  std::string said;
  p.daemon->bare["host2"]->on_start = [&](const BootSpec&) { said = p.record(id).message; };
  REQUIRE(p.daemon->work());
  CHECK(p.record(id).outcome == Outcome::ok);
  CHECK(p.record(id).message.empty());
  CHECK(p.record(id).plan.arms.at(0).machine == "host2");
  CHECK(said == fmt::format("host host1 failed and is quarantined (slot 1 was spoiled 3 times by the lab, at last: cannot switch on"
                            " \"host1\": refused; klab show {} has the others); another one with pool=small is taken",
                            id));
  const auto events = p.daemon->hosts.events("host1", 10).value();
  REQUIRE(events.size() == 2);
  CHECK(events[0].kind == "moved");
  CHECK(events[0].text == fmt::format("experiment {} takes another host", id));
  CHECK(events[1].kind == "quarantine");
  // What happened on each is its own.
  CHECK(p.daemon->hosts.boots("host1", 50)->size() == 3);
  CHECK(p.daemon->hosts.boots("host1", 50)->at(0).outcome == Outcome::lab_error);
  CHECK(p.daemon->hosts.boots("host2", 50)->size() == 4);
}

TEST_CASE("hosts: all of a pool fail, and its experiment waits, visibly") {
  Place p;
  for (auto& [name, host] : p.daemon->bare) host->acceleration = lab_error("cannot reach {}", name);
  const auto id = p.submit("pool=small");
  const std::string expected = "waiting for pool=small: host1 quarantined (cannot reach host1), host2 quarantined (cannot reach host2)";
  REQUIRE(p.daemon->work([&] { return p.told(id) == expected; }));
  CHECK_FALSE(p.record(id).outcome);
  CHECK(p.told(id) == expected);
}

TEST_CASE("hosts: with results on one host an experiment ends when that fails, and does not move") {
  Place p;
  int starts = 0;
  p.daemon->bare["host1"]->behaviour = [&](const BootSpec&) {
    return ++starts == 1 ? p.good("host1") : FakeBoot().fails_to_start(lab_error("cannot switch on"));
  };
  const auto id = p.submit("pool=small");
  REQUIRE(p.daemon->work());
  CHECK(p.record(id).outcome == Outcome::lab_error);
  CHECK(p.record(id).message == fmt::format("host host1 failed and is quarantined: slot 2 was spoiled 3 times by the lab, at last: cannot"
                                            " switch on; klab show {} has the others; klab host release host1 when it is mended",
                                            id));
  CHECK(p.machines(id) == "host1");
  CHECK(p.daemon->bare["host2"]->started().empty());
}

TEST_CASE("hosts: a reservation ends by itself, and who waited goes on") {
  Place p;
  double offset = 0.0;
  p.daemon->lab.now = [&] { return CheapDaemon::now() + offset; };
  REQUIRE(p.daemon->hosts.reserve("host1", {"bob", "bob", 0.0, CheapDaemon::now() + 3600}));
  const auto adas = p.submit("host1");
  const auto bobs = p.submit("host1", 1, "bob");
  REQUIRE(p.daemon->work([&] {
    if (p.record(bobs).outcome && offset == 0.0) {
      CHECK(p.told(adas).starts_with("waiting for host1: reserved for bob until "));
      offset = 3600.0;
      p.daemon->queue.notify();
    }
    return false;
  }));
  CHECK(p.record(adas).outcome == Outcome::ok);
  CHECK(p.record(bobs).outcome == Outcome::ok);
}

TEST_CASE("hosts: cancelled while it waits or measures, an experiment harms no host") {
  Place p;
  const auto measuring = p.submit("host1");
  const auto waiting = p.submit("host1");
  p.daemon->bare["host1"]->behaviour = [](const BootSpec&) { return FakeBoot().console("Linux version 9.9\n"); };
  p.daemon->bare["host1"]->on_start = [&](const BootSpec&) {
    CHECK(p.told(waiting) == fmt::format("waiting for host1: measuring experiment {}", measuring));
    REQUIRE(p.daemon->queue.cancel(waiting));
    CHECK(p.record(waiting).outcome == Outcome::cancelled);
    REQUIRE(p.daemon->queue.cancel(measuring));
  };
  REQUIRE(p.daemon->work());
  CHECK(p.record(measuring).outcome == Outcome::cancelled);
  CHECK(p.text("SELECT outcome FROM boot") == "interrupted");
  CHECK_FALSE(p.daemon->hosts.standing("host1")->quarantine);
  CHECK(p.daemon->bare["host1"]->end_uses() == 1);
  CHECK(p.text("SELECT host FROM lease").empty());
}

TEST_CASE("hosts: a host that does not come to rest is quarantined; what was measured stands") {
  Place p;
  p.daemon->bare["host1"]->end_use_error = lab_error("cannot switch off \"host1\": it stays on");
  const auto id = p.submit("host1");
  REQUIRE(p.daemon->work());
  CHECK(p.record(id).outcome == Outcome::ok);
  CHECK(p.daemon->hosts.standing("host1")->quarantine->reason == "cannot switch off \"host1\": it stays on");
}

TEST_CASE("hosts: a machine that is no longer configured ends its experiment, not the queue") {
  Place p;
  const auto gone = p.submit("host1");
  const auto sound = p.submit("host2");
  p.lab.config.machines.erase("host1");
  p.lab.config.hosts.erase("host1");
  p.begin_life();
  REQUIRE(p.daemon->work());
  CHECK(p.record(gone).outcome == Outcome::lab_error);
  CHECK(p.record(gone).message ==
        "cannot carry on: the machine \"host1\" is not configured any longer; configure it, or submit it again for another");
  CHECK(p.record(sound).outcome == Outcome::ok);
}

TEST_CASE("hosts: a probe is kept, and takes the host for as long as it lasts") {
  Place p;
  p.daemon->bare["host1"]->findings = {{"power state", true, "off", ""}, {"SOL", false, "another session has it", "end that session"}};
  const auto id = p.submit("host2");
  std::string refused;
  bool kept = false;
  p.daemon->bare["host2"]->on_start = [&](const BootSpec&) {
    if (kept) return;
    kept = true;
    auto probing = [](CheapDaemon& daemon, std::string& said) -> boost::asio::awaitable<void> {
      auto other = co_await daemon.queue.probe("host2");
      if (!other) said = other.error().message;
      REQUIRE(co_await daemon.queue.probe("host1"));
    };
    auto job = probing(*p.daemon, refused);
    boost::asio::co_spawn(p.daemon->reactor, std::move(job), [](std::exception_ptr thrown) { CHECK_FALSE(thrown); });
  };
  REQUIRE(p.daemon->work());
  CHECK(refused == fmt::format("cannot take \"host2\": it is measuring experiment {}; try again when that is over", id));
  const auto probe = p.daemon->hosts.probe("host1").value();
  REQUIRE(probe);
  REQUIRE(probe->findings.size() == 2);
  CHECK(probe->findings[1].remedy == "end that session");
  CHECK(p.daemon->hosts.events("host1", 1)->at(0).text == "1 of 2 findings are bad");
  CHECK(p.text("SELECT host FROM lease").empty());
}

TEST_CASE("hosts: a table says on what its numbers were taken, for hosts and guests side by side") {
  Place p;
  p.lab.config.machines["host1"].vcpus = 4;
  p.lab.config.machines["host1"].cores = 4;
  p.lab.config.machines["host1"].memory_mib = 0;
  p.begin_life();
  p.daemon->bare["host1"]->acceleration = Acceleration::simulated_host;
  p.daemon->bare["host1"]->host = HostFingerprint{{{"cpu", "a host's"}, {"cpus", "2"}}};
  ExperimentRequest request;
  for (const char* machine : {"host1", "vm"})
    for (const char* side : {"a", "b"}) {
      auto& arm = request.arms.emplace_back();
      arm.label = std::string(side) + "-" + machine;
      arm.machine = machine;
    }
  request.boots = 1;
  auto plan = make_plan(request, p.lab.config, "ada", 5);
  REQUIRE(plan);
  const auto id = p.daemon->experiments.add(*plan, 1.0).value();
  REQUIRE(p.daemon->work());
  REQUIRE(p.record(id).outcome == Outcome::ok);
  const auto provenance = experiment_report(p.daemon->lab, p.record(id))->provenance;
  std::map<std::string, std::string> facts(provenance.facts.begin(), provenance.facts.end());
  CHECK(facts["machine host1"] == "x86_64 host (simulated host), 4 CPUs (1 x 4 x 1)");
  CHECK(facts["host1 cpu"] == "a host's");
  CHECK(facts["host cpu"] == "fake");
  // The guest has more CPUs than there are below it; the host is what it is.
  CHECK(provenance.labels == std::vector<std::string>{"TCG", "simulated host", "vm overcommitted"});
}
