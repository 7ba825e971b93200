// SPDX-License-Identifier: GPL-3.0-or-later
// Nights over a fake machine: real trees, builds of a few-line kernel, queue and database.
#include "config/matrix_file.hpp"
#include "tests/schedule/nights_place.hpp"
#include "util/random.hpp"

using namespace klab;
using namespace klab::test;
namespace asio = boost::asio;
using Place = NightsPlace;

TEST_CASE("nights: a regression is found against last good, until the kernel is good again") {
  Place place;
  place.matrix(one_tree);
  const auto pinned = shell("git rev-parse HEAD", place.directory.path() / "tree").substr(0, 7);
  const auto first = place.commit("moving", "one");
  auto cell = place.only(place.night());
  CHECK(cell.state == CellState::done);
  CHECK(cell.verdict == CellVerdict::none);
  CHECK(cell.commit == first);
  CHECK_FALSE(cell.last_good);
  CHECK_FALSE(cell.fingerprint.empty());
  CHECK(place.arms(cell) == "reference " + pinned + "\ntonight " + first.substr(0, 7) + "\n");
  const auto good = cell.id;

  const auto slow = place.commit("moving", "SLOW");
  cell = place.only(place.night());
  CHECK(cell.state == CellState::done);
  CHECK(cell.verdict == CellVerdict::regressed);
  INFO(cell.reason);
  CHECK(cell.reason.starts_with("tiny a time +29.6 % ["));
  CHECK(cell.last_good == good);
  CHECK(place.arms(cell) == "reference " + pinned + "\nlast-good " + first.substr(0, 7) + "\ntonight " + slow.substr(0, 7) + "\n");
  const auto regressed = cell.id;

  const auto still = place.commit("moving", "SLOW still");
  cell = place.only(place.night());
  CHECK(cell.verdict == CellVerdict::regressed);
  CHECK(cell.last_good == good);

  // A person takes it as it is.
  REQUIRE(place.store().accept(cell.cell, regressed).has_value());
  place.commit("moving", "SLOW for good");
  cell = place.only(place.night());
  CHECK(cell.last_good == regressed);
  INFO(name(cell.verdict) << ": " << cell.reason);
  CHECK(cell.verdict == CellVerdict::no_change);
}

TEST_CASE("nights: a kernel that does not build, or crashes, has failed; what is behind it goes on") {
  Place place;
  place.matrix(two_trees);
  place.commit("second", "two");
  place.commit("moving", "BROKEN");
  auto night = place.night();
  auto cell = place.of(night, "moving");
  CHECK(cell.state == CellState::done);
  CHECK(cell.verdict == CellVerdict::failed);
  CHECK(cell.reason.starts_with("tonight does not build: "));
  CHECK(place.of(night, "second").state == CellState::done);
  CHECK(place.of(night, "second").verdict == CellVerdict::none);
  place.commit("moving", "CRASH");
  night = place.night();
  cell = place.of(night, "moving");
  CHECK(cell.verdict == CellVerdict::failed);
  CHECK(cell.reason.starts_with("tonight: 5 of 5 boots failed, first with crashed: "));
  CHECK_FALSE(cell.last_good);
  CHECK(place.of(night, "second").state == CellState::skipped);
}

TEST_CASE("nights: a tree that cannot be fetched takes its own cells with it, and no others") {
  Place place;
  place.matrix(two_trees);
  place.commit("moving", "one");
  std::filesystem::rename(place.directory.path() / "second", place.directory.path() / "away");
  const auto id = place.night();
  const auto night = place.store().night(id).value();
  REQUIRE(night.trees.size() == 3);
  CHECK(night.trees[0].tree == "moving");
  CHECK(night.trees[0].good);
  CHECK_FALSE(night.trees[1].good);
  CHECK(night.trees[1].message.starts_with("cannot fetch tree \"second\" from "));
  CHECK(night.trees[2].message == "read as it is: it has no remote");
  CHECK(place.of(id, "moving").state == CellState::done);
  const auto cell = place.of(id, "second");
  CHECK(cell.state == CellState::lab_error);
  CHECK(cell.reason == "tree second could not be fetched");
  CHECK_FALSE(cell.experiment);
  CHECK(night.finished);
}

TEST_CASE("nights: a ref that is gone is a lab error of its cells alone") {
  Place place;
  place.matrix(R"(
[[source]]
tree = "moving"
refs = ["master", "topic"]
[reference]
tree = "tree"
ref = "master"
)");
  const auto id = place.night();
  const auto cells = place.store().night_cells(id).value();
  REQUIRE(cells.size() == 2);
  CHECK(cells[0].state == CellState::done);
  CHECK(cells[1].state == CellState::lab_error);
  CHECK(cells[1].reason.starts_with("cannot find \"topic\" in tree \"moving\": no such commit, branch or tag in "));
}

TEST_CASE("nights: what has not changed is skipped, or compared with itself") {
  Place place;
  place.matrix(one_tree);
  place.commit("moving", "one");
  auto first = place.only(place.night());
  auto cell = place.only(place.night());
  CHECK(cell.state == CellState::skipped);
  CHECK(cell.reason == fmt::format("unchanged since {} (experiment 1)", place.store().night(1)->date));
  CHECK(cell.inputs == first.inputs);
  CHECK(place.experiments() == 1);

  place.matrix("unchanged = \"aa\"\n" + one_tree);
  cell = place.only(place.night());
  CHECK(cell.state == CellState::done);
  CHECK(cell.kind == CellKind::aa);
  CHECK(cell.verdict == CellVerdict::none);
  CHECK_FALSE(cell.fingerprint.empty());
  const auto head = cell.commit.substr(0, 7);
  CHECK(place.arms(cell) == "aa-1 " + head + "\naa-2 " + head + "\n");

  // Another number of boots is another measurement, of the kernel that is last good's.
  place.matrix("boots = 4\n" + one_tree);
  cell = place.only(place.night());
  CHECK(cell.state == CellState::done);
  CHECK(cell.kind == CellKind::comparison);
  CHECK(cell.reason == "the kernel is last good's");
  CHECK_FALSE(cell.last_good);
}

TEST_CASE("nights: what has not changed is measured again on another host or by another compiler") {
  Place place;
  place.matrix(one_tree);
  place.commit("moving", "one");
  const auto first = place.only(place.night());
  const auto night_on = [&](const std::string& qemu) {
    Place::Life life(place);
    life.daemon.machine->host = HostFingerprint{{{"cpu", "fake"}, {"cpus", "2"}, {"qemu", qemu}}};
    const auto id = life.start().value();
    REQUIRE(life.run());
    return place.only(id);
  };
  auto cell = night_on("9.0");
  CHECK(cell.state == CellState::done);
  CHECK(cell.kind == CellKind::comparison);
  CHECK(cell.reason == "measured again, because the host has changed: qemu none -> 9.0; the kernel is last good's");
  CHECK(cell.inputs == first.inputs);
  CHECK(cell.fingerprint != first.fingerprint);
  CHECK(night_on("9.0").state == CellState::skipped);
  // The compiler is part of it: as if then it had been another.
  place.database.connection().exec("UPDATE fingerprint SET facts = replace(facts, 'compiler: ', 'compiler: old '), digest = digest || 'x'");
  place.database.connection().exec("UPDATE night_cell SET fingerprint = fingerprint || 'x' WHERE fingerprint <> ''");
  cell = night_on("9.0");
  CHECK(cell.state == CellState::done);
  CHECK(cell.reason.starts_with("measured again, because the host has changed: compiler old "));
}

TEST_CASE("nights: what does not fit into the budget is put off, and comes first the next time") {
  Place place;
  place.matrix(two_trees);
  const auto now = CheapDaemon::now();
  double clock = now;
  const auto run = [&](std::optional<double> budget, double passes_by_boot) {
    Place::Life life(place);
    life.daemon.lab.now = [&] { return clock; };
    life.daemon.machine->behaviour = [&](const BootSpec& spec) {
      clock += passes_by_boot;
      return place.boot(spec, life.daemon);
    };
    const auto id = life.start(budget).value();
    REQUIRE(life.run());
    clock += 1000.0;
    return id;
  };
  place.commit("moving", "1");
  place.commit("second", "1");
  // Nothing is known yet: the first begins, and when it is done the time is over.
  auto night = run(60.0, 10.0);
  CHECK(place.of(night, "moving").state == CellState::done);
  auto cell = place.of(night, "second");
  CHECK(cell.state == CellState::put_off);
  CHECK(cell.reason == "the night was over before its turn came (of unknown length)");
  CHECK_FALSE(cell.experiment);
  // It comes first now.
  place.commit("moving", "2");
  night = run(std::nullopt, 10.0);
  const auto cells = place.store().night_cells(night).value();
  CHECK(place.store().cell(cells[0].cell)->tree == "second");
  CHECK(cells[0].state == CellState::done);
  CHECK(cells[1].state == CellState::done);
}

TEST_CASE("nights: an estimate that is more than what is left says so") {
  Place place;
  place.matrix(one_tree);
  place.commit("moving", "1");
  auto night = place.night();
  // Its boots took a quarter of an hour each.
  place.database.connection().exec("UPDATE boot SET finished = started + 900");
  place.commit("moving", "2");
  night = place.night(3600.0);
  auto cell = place.only(night);
  CHECK(cell.state == CellState::put_off);
  CHECK(cell.reason == "an estimated 3 h 45 m is more than the whole budget of 1 h 00 m; give more time, or fewer boots");
  REQUIRE(cell.estimate);
  CHECK(*cell.estimate >= 15 * 900.0);
  CHECK_FALSE(cell.commit.empty());
}

TEST_CASE("nights: one that a daemon left is carried on, and nothing is submitted twice") {
  Place place;
  place.matrix(two_trees);
  place.commit("moving", "1");
  place.commit("second", "1");
  std::int64_t id = 0;
  {
    Place::Life life(place);
    id = life.start().value();
    // Nothing has happened yet.
    CHECK(life.start().error().message ==
          fmt::format("cannot run matrix \"m\": night {0} is still under way; klab matrix night {0} says how far it is", id));
  }
  {
    Place::Life life(place);
    REQUIRE(life.run([&] { return place.boots >= 3; }));
    CHECK(place.store().night_cells(id)->at(0).state == CellState::running);
  }
  {
    Place::Life life(place);
    REQUIRE(life.run([&] { return place.store().night_cells(id)->at(0).state == CellState::done; }));
  }
  Place::Life life(place);
  REQUIRE(life.run());
  CHECK(place.experiments() == 2);
  CHECK(place.store().night(id)->finished);
  for (const char* tree : {"moving", "second"}) CHECK(place.of(id, tree).state == CellState::done);
  CHECK(place.database.connection().execAndGet("SELECT count(*) FROM boot WHERE outcome = 'ok'").getInt() == 20);
}

TEST_CASE("nights: one that was cut off, and whose host then went into quarantine, ends with its budget") {
  Place place;
  place.lab.add_host("host1");
  place.matrix("machines = [\"host1\"]\n" + one_tree);
  std::int64_t id = 0;
  const auto boots_on_host = [&](Place::Life& life) {
    life.daemon.bare["host1"]->behaviour = [&](const BootSpec& spec) { return place.boot(spec, life.daemon); };
  };
  {
    Place::Life life(place);
    boots_on_host(life);
    id = life.start(3600.0).value();
    REQUIRE(life.run([&] { return place.boots >= 2; }));
  }
  REQUIRE_FALSE(place.store().night(id)->finished);
  CHECK(place.database.connection().execAndGet("SELECT state FROM experiment").getString() == "measuring");
  Place::Life life(place);
  boots_on_host(life);
  REQUIRE(life.daemon.hosts.quarantine("host1", "on fire", "klabd", CheapDaemon::now()));
  double offset = 4000.0;
  life.daemon.lab.now = [&] { return CheapDaemon::now() + offset; };
  int looked = 0;
  REQUIRE(life.run([&] {
    // Not at once: its host might be coming.
    if (++looked == 10) {
      CHECK(place.only(id).state == CellState::running);
      offset += 1000.0;
    }
    return life.daemon.nights.unfinished()->empty();
  }));
  CHECK(place.only(id).state == CellState::put_off);
  CHECK(place.only(id).reason == "the night was over before its turn came");
  CHECK(place.database.connection().execAndGet("SELECT count(*) FROM boot WHERE outcome = 'ok'").getInt() >= 1);
}

TEST_CASE("nights: by the clock") {
  Place place;
  const double start = 1790000000.0;  // some instant; the file asks for its time of day
  double clock = start - 3600.0;
  const auto at = [](double seconds) {
    const auto t = static_cast<std::time_t>(seconds);
    std::tm local{};
    ::localtime_r(&t, &local);
    return fmt::format("{:02}:{:02}", local.tm_hour, local.tm_min);
  };
  place.matrix("kconfigs = [\"lab\"]\n" + one_tree + fmt::format("[nightly]\nat = \"{}\"\nbudget = \"2h\"\n", at(start)));
  std::filesystem::last_write_time(place.lab.config.matrices_directory / "m.toml",
                                   std::chrono::file_clock::from_sys(std::chrono::sys_seconds(std::chrono::seconds(1700000000))));
  const auto look = [&](double now) {
    clock = now;
    Place::Life life(place);
    life.daemon.lab.now = [&] { return clock; };
    int looked = 0;
    REQUIRE(life.run([&] { return ++looked > 3 && life.daemon.nights.unfinished()->empty(); }));
    return place.store().nights("m", 100)->size();
  };
  CHECK(look(start - 3600.0) == 0);
  // A file that cannot be used begins nothing.
  const auto written = std::filesystem::last_write_time(place.lab.config.matrices_directory / "m.toml");
  std::filesystem::rename(place.lab.share() / "kconfigs/lab.config", place.lab.share() / "kconfigs/away");
  CHECK(look(start + 60.0) == 0);
  std::filesystem::rename(place.lab.share() / "kconfigs/away", place.lab.share() / "kconfigs/lab.config");
  CHECK(std::filesystem::last_write_time(place.lab.config.matrices_directory / "m.toml") == written);
  CHECK(look(start + 120.0) == 1);
  CHECK(look(start + 180.0) == 1);
  const auto night = place.store().night(1).value();
  CHECK_FALSE(night.by_hand);
  CHECK(night.person == "klabd");
  CHECK(night.deadline.value() == Approx(start + 7200.0 - std::fmod(start, 60.0)));
  CHECK(look(start + 86400.0 + 3 * 3600.0) == 1);  // that one was slept through
  CHECK(look(start + 2 * 86400.0 + 60.0) == 2);
  // Without a budget: until the next one is due, on the days that are given.
  place.matrix("kconfigs = [\"lab\"]\n" + one_tree + fmt::format("[nightly]\nat = \"{}\"\n", at(start)));
  std::filesystem::last_write_time(place.lab.config.matrices_directory / "m.toml", written);
  CHECK(look(start + 3 * 86400.0 + 60.0) == 3);
  CHECK(place.store().night(3)->deadline.value() == Approx(start + 4 * 86400.0 - std::fmod(start, 60.0)));
}

TEST_CASE("nights: a file that cannot be run is refused before anything is stored") {
  Place place;
  place.matrix("workloads = [\"tiny:no_such=1\"]\n" + one_tree);
  Place::Life life(place);
  const auto refused = life.start();
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message.starts_with("cannot use matrix \"m\": cell \"moving/master\": "));
  CHECK(refused.error().message.find("no_such") != std::string::npos);
  CHECK(place.store().matrices()->empty());
}

TEST_CASE("nights: cut off at any instant, a night loses nothing and does nothing twice") {
  Place place;
  place.matrix(two_trees);
  place.commit("moving", "1");
  place.commit("second", "1");
  Random random(7);
  std::int64_t id = 0;
  int cuts = 0;
  {
    Place::Life life(place);
    id = life.start().value();
  }
  for (; !place.store().night(id)->finished; ++cuts) {
    REQUIRE(cuts < 200);
    Place::Life life(place);
    std::stop_source never;
    auto queue = life.daemon.queue.run(never.get_token());
    auto running = life.nights.run(never.get_token());
    asio::co_spawn(life.daemon.reactor, std::move(queue), [](std::exception_ptr, Result<void>) {});
    asio::co_spawn(life.daemon.reactor, std::move(running), [](std::exception_ptr, Result<void>) {});
    life.daemon.reactor.restart();
    // More and more handlers, so that it comes to an end.
    const auto steps = 5 + random.below(40 + 40 * static_cast<std::uint64_t>(cuts));
    for (std::uint64_t i = 0; i < steps && !place.store().night(id)->finished; ++i)
      life.daemon.reactor.run_one_for(std::chrono::seconds(5));
    life.daemon.reactor.stop();
  }
  CHECK(cuts > 3);
  CHECK(place.experiments() == 2);
  for (const char* tree : {"moving", "second"}) {
    CHECK(place.of(id, tree).state == CellState::done);
    CHECK(place.of(id, tree).verdict == CellVerdict::none);
  }
  CHECK(place.store().night(id)->trees.size() == 3);
  CHECK(place.database.connection().execAndGet("SELECT count(*) FROM boot WHERE outcome = 'ok'").getInt() == 20);
}
