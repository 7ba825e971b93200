// SPDX-License-Identifier: GPL-3.0-or-later
// What a cell is: what it boots, and what is known of it.
#include "config/matrix_file.hpp"
#include "schedule/estimates.hpp"
#include "tests/schedule/nights_place.hpp"

using namespace klab;
using namespace klab::test;
using Place = NightsPlace;

TEST_CASE("nights: every cell boots its own command line and has an estimate of its own") {
  Place place;
  place.lab.config.defaults.command_line = "nosmt";
  place.matrix("command_lines = [\"\", \"quiet\"]\n" + one_tree);
  place.commit("moving", "1");
  const auto cells = place.store().night_cells(place.night()).value();
  REQUIRE(cells.size() == 2);
  for (const auto& cell : cells) {
    const auto booted = place.store().cell(cell.cell)->command_line;
    const auto record = ExperimentStore(place.database).get(*cell.experiment).value();
    for (const auto& arm : record.plan.arms) CHECK(arm.command_line == booted);
  }
  CHECK(place.store().cell(cells[0].cell)->label == "no parameters");
  CHECK(place.store().cell(cells[0].cell)->command_line.empty());
  // Those of the second took a quarter of an hour each.
  place.database.connection().exec(fmt::format("UPDATE boot SET finished = started + 900 WHERE slot IN (SELECT id FROM slot WHERE experiment = {})",
                                               *cells[1].experiment));
  auto store = place.store();
  const auto matrix = load_matrix(place.lab.config.matrices_directory / "m.toml", place.lab.config).value();
  const auto told = forecast(store, place.lab.config, matrix).value();
  REQUIRE(told.size() == 2);
  CHECK(told[0].seconds.value() < 900.0);
  CHECK(told[1].seconds.value() >= 15 * 900.0);
}

TEST_CASE("nights: a cell of an older klab goes on, and another default is another cell") {
  Place place;
  place.lab.config.defaults.command_line = "nosmt";
  place.matrix(one_tree);
  place.commit("moving", "1");
  const auto first = place.only(place.night());
  CHECK(place.store().cell(first.cell)->command_line == "nosmt");
  // As an older klab has it; it is settled when klabd starts.
  place.database.connection().exec("UPDATE cell SET command_line = '', by_default = 1");
  {
    Place::Life life(place);
    REQUIRE(life.run());
  }
  CHECK(place.store().cell(first.cell)->command_line == "nosmt");
  CHECK(place.only(place.night()).state == CellState::skipped);
  place.commit("moving", "2");
  const auto second = place.only(place.night());
  CHECK(second.cell == first.cell);
  CHECK(second.last_good == first.id);
  place.lab.config.defaults.command_line.clear();
  place.commit("moving", "3");
  const auto third = place.only(place.night());
  CHECK(third.cell != first.cell);
  CHECK_FALSE(third.last_good.has_value());
}
