// SPDX-License-Identifier: GPL-3.0-or-later
// What becomes of experiments on hosts when klabd was cut off, a disk is full, or the configuration has changed.
#include "tests/schedule/hosts_place.hpp"
#include "util/random.hpp"

using namespace klab;
using namespace klab::test;
using Place = HostsPlace;

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
