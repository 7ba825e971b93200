// SPDX-License-Identifier: GPL-3.0-or-later
// What history says of how long a cell takes.
#include "tests/store/nights_fixture.hpp"

using namespace klab;
using namespace klab::test;
using Fixture = NightsFixture;

TEST_CASE("night times: a cell's own nights, the newest five of them") {
  Fixture f;
  auto slow = a_cell("slow");
  slow.kconfig = "lab,debug";
  auto night = f.begin({a_cell("quick"), slow});
  CHECK_FALSE(f.nights.seconds_of(1)->boot.has_value());
  CHECK_FALSE(f.nights.seconds_of(1)->build.has_value());
  f.measured(night, "quick", 10.0);
  f.measured(night, "slow", 60.0);
  CHECK(f.nights.seconds_of(1)->boot == 10.0);
  CHECK(f.nights.seconds_of(2)->boot == 60.0);
  for (int i = 0; i < 5; ++i) f.measured(f.begin({a_cell("quick")}), "quick", 20.0);
  CHECK(f.nights.seconds_of(1)->boot == 20.0);
  CHECK(f.nights.seconds_of(2)->boot == 60.0);
  // What is not done says nothing.
  night = f.begin({slow});
  f.measured(night, "slow", 600.0);
  f.end(night, "slow", CellState::lab_error);
  CHECK(f.nights.seconds_of(2)->boot == 60.0);
}

TEST_CASE("night times: builds of tonight's kernel that were not in the cache") {
  Fixture f;
  const auto first = f.measured(f.begin({a_cell("a")}), "a", 10.0);
  f.built(first, 0, 500.0);
  CHECK_FALSE(f.nights.seconds_of(1)->build.has_value());
  f.built(first, 1, 40.0);
  f.built(f.measured(f.begin({a_cell("a")}), "a", 10.0), 1, 1.0, true);
  CHECK(f.nights.seconds_of(1)->build == 40.0);
}

TEST_CASE("night times: what was never seen takes as long as its like, the nearest first") {
  Fixture f;
  auto wanted = a_cell("wanted");
  CHECK_FALSE(f.nights.seconds_like(wanted)->boot.has_value());
  CHECK_FALSE(f.nights.seconds_like(wanted)->build.has_value());
  // Experiments of all kinds.
  const auto other = f.experiments.add(Fixture::plan(), 1.0).value();
  f.boot(other, 10.0);
  f.built(other, 0, 30.0);
  f.built(other, 1, 50.0);
  CHECK(f.nights.seconds_like(wanted)->boot == 10.0);
  CHECK(f.nights.seconds_like(wanted)->build == 40.0);
  // Nights of the same machine and workload, under another kconfig; builds have to be of the same one.
  auto debug = a_cell("debug");
  debug.kconfig = "lab,debug";
  f.built(f.measured(f.begin({debug}), "debug", 60.0), 1, 100.0);
  CHECK(f.nights.seconds_like(wanted)->boot == 60.0);
  CHECK(f.nights.seconds_like(wanted)->build == 60.0);  // of the tree: 30, 50 and 100
  // The same kconfig; of each cell the newest night.
  auto like = a_cell("like");
  like.command_line = "quiet";
  f.measured(f.begin({like}), "like", 5.0);
  f.built(f.measured(f.begin({like}), "like", 20.0), 1, 70.0);
  f.begin({like});
  CHECK(f.nights.seconds_like(wanted)->boot == 20.0);
  CHECK(f.nights.seconds_like(wanted)->build == 70.0);
  CHECK(f.nights.seconds_like(debug)->boot == 60.0);
  CHECK(f.nights.seconds_like(debug)->build == 100.0);
  wanted.tree = "stable";
  CHECK(f.nights.seconds_like(wanted)->boot == 20.0);
  CHECK_FALSE(f.nights.seconds_like(wanted)->build.has_value());
  wanted.workload = "tiny:passes=1";
  CHECK_FALSE(f.nights.seconds_like(wanted)->boot.has_value());
  wanted.workload = "tiny";
  wanted.machine = "host1";
  CHECK_FALSE(f.nights.seconds_like(wanted)->boot.has_value());
}
