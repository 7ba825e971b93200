// SPDX-License-Identifier: GPL-3.0-or-later
// Whole experiments on hosts that fail, are kept for others, and run beside one another.
#include <spdlog/spdlog.h>

#include <catch2/catch.hpp>

#include "pipeline/plan.hpp"
#include "pipeline/report_data.hpp"
#include "store/statement.hpp"
#include "tests/schedule/cheap_lab.hpp"
#include "util/random.hpp"

using namespace klab;
using namespace klab::test;

namespace {

// A lab with two hosts of one pool; each life is a daemon of its own on one database.
struct Place {
  Place() : lab(directory.path()) {
    spdlog::set_level(spdlog::level::off);
    lab.add_host("host1", {"arch=x86_64", "pool=small"});
    lab.add_host("host2", {"arch=x86_64", "pool=small"});
    begin_life();
  }
  void begin_life(Queue::Steps steps = CheapDaemon::impatient()) {
    daemon.reset();
    daemon.emplace(lab, database, std::move(steps));
    daemon->machine->behaviour = [this](const BootSpec&) { return good("vm"); };
    for (auto& [name, host] : daemon->bare) host->behaviour = [this, name = name](const BootSpec&) { return good(name); };
  }
  std::int64_t submit(const std::string& machine, int boots = 2, const std::string& submitter = "ada") {
    auto plan = make_plan(CheapLab::request(boots, machine), lab.config, submitter, 5);
    REQUIRE(plan);
    return daemon->experiments.add(*plan, 1.0).value();
  }
  std::string text(const char* sql, const std::string& value = {}) {
    auto row = value.empty() ? statement(database.connection(), sql) : statement(database.connection(), sql, value);
    std::string out;
    while (row.executeStep()) out += (out.empty() ? "" : " ") + row.getColumn(0).getString();
    return out;
  }
  // A boot that gives a result; the host is leased by then.
  FakeBoot good(const std::string& machine) {
    if (machine != "vm") leased_in_time = leased_in_time && text("SELECT purpose FROM lease WHERE host = ?", machine) == "experiment";
    FakeBoot boot;
    boot.console("[    0.000000] Linux version 9.9 (klab@klab)\nklab: init\nklab: runner start\n" + noise)
        .results(tiny_results(text("SELECT nonce FROM boot WHERE outcome IS NULL AND machine = ?", machine), 100.0))
        .ends(PowerEnd::powered_off);
    return boot;
  }
  ExperimentRecord record(std::int64_t id) { return daemon->experiments.get(id).value(); }
  std::string told(std::int64_t id) { return daemon->board.get(id).step; }
  // The machines that an experiment's boots ran on.
  std::string machines(std::int64_t id) {
    return text(fmt::format("SELECT DISTINCT machine FROM boot JOIN slot ON slot = slot.id WHERE experiment = {} ORDER BY machine", id).c_str());
  }

  TemporaryDirectory directory = scratch();
  CheapLab lab;
  Database database = Database::open(lab.config.database()).value();
  std::optional<CheapDaemon> daemon;
  bool leased_in_time = true;
  std::string noise;  // on the console
};

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

TEST_CASE("hosts: after a restart an experiment with results stays on its host, which is put to rest first") {
  Place p;
  const auto id = p.submit("pool=small", 3);
  const auto done = [&] { return p.text("SELECT count(*) FROM boot WHERE outcome = 'ok'"); };
  REQUIRE(p.daemon->work([&] { return done() != "0"; }));
  REQUIRE_FALSE(p.record(id).outcome);
  CHECK(p.text("SELECT purpose FROM lease WHERE host = 'host1'") == "end of use");
  CHECK(p.daemon->bare["host1"]->end_uses() == 0);

  p.begin_life();
  REQUIRE(p.daemon->hosts.reserve("host1", {"bob", "bob", 0.0, CheapDaemon::now() + 3600}));
  bool rested_first = true;
  p.daemon->bare["host1"]->on_start = [&](const BootSpec&) { rested_first = rested_first && p.daemon->bare["host1"]->end_uses() == 1; };
  REQUIRE(p.daemon->work([&] { return p.told(id).starts_with("waiting for pool=small: host1 reserved for bob"); }));
  CHECK(p.daemon->bare["host1"]->end_uses() == 1);

  p.begin_life();
  REQUIRE(p.daemon->hosts.release("host1", "bob", 2.0));
  REQUIRE(p.daemon->work());
  CHECK(p.record(id).outcome == Outcome::ok);
  CHECK(p.machines(id) == "host1");
  CHECK(rested_first);
}

TEST_CASE("hosts: a boot that was cut off is put to rest before the host is leased again, and failing that quarantined") {
  Place p;
  const auto id = p.submit("host1");
  // As a killed daemon leaves it: a lease, and a boot without an end.
  REQUIRE(p.daemon->hosts.lease({"host1"}, {id, LeasePurpose::experiment, 1.0}));
  REQUIRE(p.daemon->hosts.lease({"host2"}, {id, LeasePurpose::experiment, 1.0}));
  REQUIRE(p.daemon->boots.add_slots(id, {p.record(id).arms[0].id, p.record(id).arms[1].id}));
  BootStart start;
  start.slot = p.daemon->boots.slots(id)->at(0).id;
  REQUIRE(p.daemon->boots.start(start));
  p.daemon->bare["host1"]->end_use_error = lab_error("cannot switch off \"host1\": it stays on");
  REQUIRE(p.daemon->work([&] { return p.told(id) == "waiting for host1: quarantined (cannot switch off \"host1\": it stays on)"; }));
  CHECK(p.daemon->bare["host1"]->started().empty());
  CHECK(p.daemon->bare["host1"]->end_uses() == 1);
  CHECK(p.daemon->bare["host2"]->end_uses() == 0);
  CHECK(p.text("SELECT host FROM lease").empty());
}

TEST_CASE("hosts: after a cut of the whole site's power a BMC is given time to answer") {
  Place p;
  const auto id = p.submit("host1");
  REQUIRE(p.daemon->hosts.lease({"host1"}, {id, LeasePurpose::experiment, 1.0}));
  REQUIRE(p.daemon->boots.add_slots(id, {p.record(id).arms[0].id, p.record(id).arms[1].id}));
  BootStart start;
  start.slot = p.daemon->boots.slots(id)->at(0).id;
  REQUIRE(p.daemon->boots.start(start));
  Queue::Steps steps;
  steps.pause = std::chrono::milliseconds(1);
  CHECK(steps.patience == 900.0);
  p.begin_life(steps);
  double offset = 0.0;
  p.daemon->lab.now = [&] { return CheapDaemon::now() + offset; };
  auto& host = *p.daemon->bare["host1"];
  host.end_use_error = lab_error("cannot reach the BMC of host \"host1\": no answer");
  SECTION("it answers in the end") {
    host.on_end_use = [&] {
      offset += 200.0;
      if (host.end_uses() == 4) host.end_use_error.reset();
    };
    REQUIRE(p.daemon->work());
    CHECK(p.record(id).outcome == Outcome::ok);
    CHECK(p.text("SELECT count(*) FROM host_event WHERE kind = 'quarantine'") == "0");
  }
  SECTION("it does not") {
    host.on_end_use = [&] { offset += 200.0; };
    REQUIRE(p.daemon->work([&] { return p.told(id).starts_with("waiting for host1: quarantined"); }));
    CHECK(host.end_uses() == 5);
  }
  SECTION("klabd ends before that: the next one tries") {
    REQUIRE(p.daemon->work([&] { return host.end_uses() > 2; }));
    CHECK(p.text("SELECT count(*) FROM host_event WHERE kind = 'quarantine'") == "0");
    CHECK(p.text("SELECT host FROM lease") == "host1");
  }
}

TEST_CASE("hosts: on a full disk a boot that has ended is kept until there is room") {
  Place p;
  const auto id = p.submit("host1");
  auto& db = p.database.connection();
  Random random(3);
  while (p.noise.size() < 200'000) p.noise += fmt::format("{:016x}\n", random.below(~0ull));
  int looks = 0;
  bool full = false;
  std::string told;
  auto& room = p.daemon->lab.room;
  room.look = std::chrono::milliseconds(1);
  room.free = [&](const std::filesystem::path&) -> std::uint64_t {
    if (!full) return 1ull << 40;
    if (++looks == 5) {
      told = p.told(id);
      CHECK(p.text("SELECT count(*) FROM boot WHERE outcome IS NULL") == "1");
      db.exec("PRAGMA max_page_count = 1000000");
      full = false;
    }
    return 3ull << 20;
  };
  p.daemon->bare["host1"]->on_start = [&](const BootSpec&) {
    if (looks > 0) return;
    full = true;
    db.exec(fmt::format("PRAGMA max_page_count = {}", db.execAndGet("PRAGMA page_count").getInt()));
  };
  REQUIRE(p.daemon->work());
  CHECK(looks == 5);
  CHECK(told == fmt::format("waiting for room on the disk of \"{}\": 3.0 MiB free, 64.0 MiB needed", p.lab.config.state.string()));
  CHECK(p.record(id).outcome == Outcome::ok);
  CHECK(p.text("SELECT count(*) FROM boot") == "4");
  CHECK(p.text("SELECT count(*) FROM boot WHERE outcome = 'ok'") == "4");
}

TEST_CASE("hosts: experiments wait for room where they would be built, and can be cancelled") {
  Place p;
  const auto id = p.submit("host1");
  auto& room = p.daemon->lab.room;
  room.look = std::chrono::milliseconds(1);
  room.free = [&](const std::filesystem::path& path) { return path == p.lab.config.cache ? 1ull << 20 : 1ull << 40; };
  REQUIRE(p.daemon->work([&] { return p.told(id).starts_with("waiting for room on the disk of "); }));
  CHECK_FALSE(p.record(id).outcome);
  CHECK(p.daemon->lab.room.waiting == 0);  // klabd has ended
  p.begin_life();
  p.daemon->lab.room.look = std::chrono::milliseconds(1);
  p.daemon->lab.room.free = [&](const std::filesystem::path& path) { return path == p.lab.config.cache ? 1ull << 20 : 1ull << 40; };
  bool asked = false;
  REQUIRE(p.daemon->work([&] {
    if (!asked && p.told(id).starts_with("waiting for room on the disk of ")) {
      CHECK(p.daemon->lab.room.waiting == 1);
      REQUIRE(p.daemon->queue.cancel(id));
      asked = true;
    }
    return false;
  }));
  CHECK(asked);
  CHECK(p.record(id).outcome == Outcome::cancelled);
}

TEST_CASE("hosts: an experiment whose host has failed, and that waits for another, has not begun") {
  Place p;
  const auto id = p.submit("pool=small");
  REQUIRE(p.daemon->hosts.quarantine("host2", "on fire", "ada", 1.0));
  p.daemon->bare["host1"]->behaviour = [](const BootSpec&) { return FakeBoot().fails_to_start(lab_error("cannot switch on \"host1\": refused")); };
  bool waited = false;
  REQUIRE(p.daemon->work([&] {
    if (p.text("SELECT count(*) FROM host_event WHERE host = 'host1' AND kind = 'quarantine'") == "0") return false;
    if (!p.told(id).starts_with("waiting for pool=small")) return false;
    waited = true;
    CHECK_FALSE(p.daemon->queue.has_begun(id));
    return true;
  }));
  CHECK(waited);
}

TEST_CASE("hosts: a cancellation that was cut off waits for no host") {
  Place p;
  const auto id = p.submit("host1");
  REQUIRE(p.daemon->experiments.set_state(id, ExperimentState::measuring));
  REQUIRE(p.daemon->experiments.request_cancel(id));
  REQUIRE(p.daemon->hosts.quarantine("host1", "on fire", "ada", 1.0));
  p.begin_life();
  REQUIRE(p.daemon->work());
  CHECK(p.record(id).outcome == Outcome::cancelled);
  CHECK(p.record(id).message == "cancelled on request");
}

TEST_CASE("hosts: a tree that has left the configuration ends its experiments, and not the lab") {
  Place p;
  const auto id = p.submit("host1");
  const auto other = p.submit("host1");
  const auto name = p.record(id).plan.arms[0].tree;
  const auto tree = p.lab.config.trees.at(name);
  p.lab.config.trees.erase(name);
  p.begin_life();
  REQUIRE(p.daemon->work([&] { return p.record(id).outcome.has_value(); }));
  CHECK(p.record(id).outcome == Outcome::lab_error);
  CHECK(p.record(id).message == fmt::format("cannot use tree \"{0}\": it is no longer configured; add [trees.{0}] to klab.toml again", name));
  REQUIRE(p.daemon->work());
  CHECK(p.record(other).outcome == Outcome::lab_error);
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
