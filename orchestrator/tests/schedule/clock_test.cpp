// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>

#include "pipeline/plan.hpp"
#include "store/statement.hpp"
#include "tests/schedule/cheap_lab.hpp"

using namespace klab;
using namespace klab::test;

TEST_CASE("clock: one that is set back while a boot runs makes no boot negative") {
  auto directory = scratch();
  const CheapLab place(directory.path());
  auto database = Database::open(place.config.database());
  REQUIRE(database);
  CheapDaemon daemon(place, *database);
  auto plan = make_plan(CheapLab::request(1), place.config, "ada", 5);
  REQUIRE(plan);
  REQUIRE(daemon.experiments.add(*plan, 1.0));

  double offset = 0.0;
  daemon.lab.now = [&] { return CheapDaemon::now() + offset; };
  auto& db = database->connection();
  daemon.machine->behaviour = [&](const BootSpec&) {
    offset -= 3600.0;
    auto row = statement(db, "SELECT nonce FROM boot WHERE outcome IS NULL");
    REQUIRE(row.executeStep());
    FakeBoot boot;
    boot.console("Linux version 9.9\nklab: init\nklab: runner start\n")
        .results(tiny_results(row.getColumn(0).getString(), 100.0))
        .ends(PowerEnd::powered_off);
    return boot;
  };
  REQUIRE(daemon.work());
  auto row = statement(db, "SELECT outcome, finished - started FROM boot");
  int boots = 0;
  while (row.executeStep()) {
    ++boots;
    CHECK(row.getColumn(0).getString() == "ok");
    CHECK(row.getColumn(1).getDouble() >= 0.0);
    CHECK(row.getColumn(1).getDouble() < 600.0);
  }
  CHECK(boots == 2);
}
