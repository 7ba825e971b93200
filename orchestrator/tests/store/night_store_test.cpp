// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/store/nights_fixture.hpp"

using namespace klab;
using namespace klab::test;

using Fixture = NightsFixture;

TEST_CASE("nights: a night is stored whole, with every cell waiting") {
  Fixture f;
  CHECK(f.nights.matrices()->empty());
  auto night = Fixture::night("2026-11-21");
  night.by_hand = true;
  night.person = "ada";
  night.deadline = 5000.0;
  const auto id = f.nights.begin(night, {a_cell("one"), a_cell("two", "pool=small")}).value();
  REQUIRE(f.nights.set_tree(id, {"stable", false, "fatal: \x1b[2Jno\nsuch host"}).has_value());
  REQUIRE(f.nights.set_tree(id, {"mainline", true, ""}).has_value());
  CHECK(f.nights.matrices().value() == std::vector<std::string>{"m"});
  const auto stored = f.nights.night(id).value();
  CHECK(stored.matrix == "m");
  CHECK(stored.date == "2026-11-21");
  CHECK(stored.by_hand);
  CHECK(stored.person == "ada");
  CHECK(stored.deadline == 5000.0);
  CHECK_FALSE(stored.finished);
  CHECK(stored.definition == "# a matrix\n");
  REQUIRE(stored.trees.size() == 2);
  CHECK(stored.trees[0].good);
  CHECK(stored.trees[1].tree == "stable");
  CHECK(stored.trees[1].message == "fatal: \xEF\xBF\xBD[2Jno\nsuch host");
  const auto cells = f.nights.night_cells(id).value();
  REQUIRE(cells.size() == 2);
  CHECK(cells[0].state == CellState::waiting);
  CHECK(cells[0].kind == CellKind::comparison);
  CHECK(cells[1].position == 2);
  CHECK(f.nights.cells("m")->at(1).machine == "pool=small");
  CHECK(f.nights.unfinished().value() == std::vector<std::int64_t>{id});
  REQUIRE(f.nights.finish(id, 2000.0).has_value());
  REQUIRE(f.nights.finish(id, 3000.0).has_value());
  CHECK(f.nights.night(id)->finished == 2000.0);
  CHECK(f.nights.unfinished()->empty());
  CHECK_FALSE(f.nights.last_nightly("m").value());
  f.begin({a_cell("one")});
  CHECK(f.nights.last_nightly("m").value() == 1000.0);
  CHECK(f.nights.nights("m", 10)->size() == 2);
  CHECK(f.nights.nights("m", 1)->front().id == id + 1);
}

TEST_CASE("nights: those of a matrix since one of them, the oldest first") {
  Fixture f;
  const auto first = f.begin({a_cell("one")}, "2026-11-20"), second = f.begin({a_cell("one")}, "2026-11-21");
  REQUIRE(f.nights.begin(Fixture::night("2026-11-21", "other"), {a_cell("one", "vm", "other")}).has_value());
  const auto third = f.begin({a_cell("one")}, "2026-11-22");
  const auto nights = f.nights.nights_since("m", second).value();
  REQUIRE(nights.size() == 2);
  CHECK(nights[0].id == second);
  CHECK(nights[0].definition == "# a matrix\n");
  CHECK(nights[1].id == third);
  CHECK(f.nights.nights_since("m", first)->size() == 3);
}

TEST_CASE("nights: what is not there is told") {
  Fixture f;
  CHECK(f.nights.night(7).error().message == "cannot find night 7; klab matrix nights NAME lists them");
  CHECK(f.nights.cell(8).error().message == "cannot find cell 8; klab matrix list tells what there is");
  CHECK(f.nights.night_cell(9).error().message == "cannot find cell 9 of a night; klab matrix night ID lists them");
  CHECK(f.nights.night(7).error().kind == ErrorKind::input);
  CHECK_FALSE(f.nights.of_experiment(1).value());
  CHECK(f.nights.history(1, 10)->empty());
}

TEST_CASE("nights: who has waited longest comes first") {
  Fixture f;
  const std::vector<Cell> cells{a_cell("a", "a"), a_cell("b", "b"), a_cell("c", "c")};
  const auto first = f.begin(cells);
  CHECK(f.order(first) == "a b c ");
  f.end(first, "a", CellState::done);
  f.end(first, "b", CellState::put_off);
  f.end(first, "c", CellState::skipped);
  const auto second = f.begin(cells);
  CHECK(f.order(second) == "b a c ");
  f.end(second, "b", CellState::done);
  f.end(second, "a", CellState::lab_error);
  f.end(second, "c", CellState::done);
  CHECK(f.order(f.begin({a_cell("new", "new"), cells[0], cells[1], cells[2]})) == "new a b c ");
}

TEST_CASE("nights: a cell keeps its history when its label changes") {
  Fixture f;
  const auto night = f.begin({a_cell("vm")});
  f.end(night, "vm", CellState::done);
  // The file has got another machine; then one whose label an older cell had.
  f.begin({a_cell("mainline, vm"), a_cell("mainline, other", "other")});
  auto cells = f.nights.cells("m").value();
  REQUIRE(cells.size() == 2);
  CHECK(cells[0].label == "mainline, vm");
  CHECK(f.nights.history(cells[0].id, 10)->size() == 2);
  f.begin({a_cell("mainline, other", "third"), a_cell("mainline, vm", "other")});
  cells = f.nights.cells("m").value();
  REQUIRE(cells.size() == 3);
  CHECK(cells[0].label == "mainline, vm (cell 1)");
  CHECK(cells[1].label == "mainline, vm");
  CHECK(cells[2].label == "mainline, other");
}

TEST_CASE("nights: last good is the newest night that did not go wrong, or that a person took") {
  Fixture f;
  const std::vector<Cell> cells{a_cell("a")};
  std::vector<std::int64_t> nights;
  const auto add = [&](CellState state, CellVerdict verdict, CellKind kind = CellKind::comparison) {
    nights.push_back(f.begin(cells));
    f.end(nights.back(), "a", state, verdict, kind);
    return f.nights.history(1, 1)->front().id;
  };
  CHECK_FALSE(f.nights.last_good(1, 0).value());
  const auto first = add(CellState::done, CellVerdict::none);
  const auto good = add(CellState::done, CellVerdict::within_noise);
  const auto bad = add(CellState::done, CellVerdict::regressed);
  add(CellState::done, CellVerdict::failed);
  add(CellState::done, CellVerdict::insufficient_data);
  add(CellState::lab_error, CellVerdict::none);
  // A kernel against itself says nothing about last good.
  const auto aa = add(CellState::done, CellVerdict::none, CellKind::aa);
  CHECK(f.nights.last_good(1, 0).value()->id == good);
  CHECK(f.nights.last_good(1, nights[1]).value()->id == first);
  CHECK(f.nights.last_done(1, 0).value()->id == aa);
  CHECK_FALSE(f.nights.last_good(1, nights[0]).value());
  REQUIRE(f.nights.accept(1, bad).has_value());
  CHECK(f.nights.last_good(1, 0).value()->id == bad);
  CHECK(f.nights.cell(1)->accepted == bad);
  const auto newer = add(CellState::done, CellVerdict::improved);
  CHECK(f.nights.last_good(1, 0).value()->id == newer);
  REQUIRE(f.nights.accept(1, std::nullopt).has_value());
  CHECK(f.nights.last_good(1, nights.back()).value()->id == good);
}

TEST_CASE("nights: what failed as last good is taken no more, until a person accepts it") {
  Fixture f;
  const std::vector<Cell> cells{a_cell("a")};
  const auto add = [&] {
    f.end(f.begin(cells), "a", CellState::done, CellVerdict::no_change);
    return f.nights.history(1, 1)->front().id;
  };
  const auto older = add(), newer = add();
  f.end(f.begin(cells), "a", CellState::lab_error);
  auto cell = f.nights.history(1, 1)->front();
  cell.last_good = newer;
  REQUIRE(f.nights.update(cell).has_value());
  CHECK(f.nights.last_good(1, 0).value()->id == newer);
  CHECK(f.nights.given_up_during(cell.id).value() == 0);
  REQUIRE(f.nights.give_up(newer, cell, false).has_value());
  CHECK(f.nights.night_cell(cell.id)->state == CellState::lab_error);
  CHECK(f.nights.given_up_during(cell.id).value() == 1);
  CHECK(f.nights.last_good(1, 0).value()->id == older);
  REQUIRE(f.nights.accept(1, newer).has_value());
  CHECK(f.nights.last_good(1, 0).value()->id == newer);
  CHECK(f.nights.given_up_during(cell.id).value() == 0);
  cell.reason = "it failed";
  REQUIRE(f.nights.give_up(newer, cell, true).has_value());
  CHECK(f.nights.night_cell(cell.id)->state == CellState::waiting);
  CHECK_FALSE(f.nights.night_cell(cell.id)->last_good);
  CHECK_FALSE(f.nights.night_cell(cell.id)->experiment);
  CHECK(f.nights.night_cell(cell.id)->reason == "it failed");
}

TEST_CASE("nights: an experiment is submitted once") {
  Fixture f;
  f.begin({a_cell("a")});
  auto cell = f.nights.night_cells(1)->front();
  cell.commit = "c0ffee";
  cell.inputs = "hash";
  cell.estimate = 90.0;
  REQUIRE(f.nights.update(cell).has_value());
  const auto id = f.nights.submit(cell, Fixture::plan(), 5.0).value();
  const auto again = f.nights.submit(cell, Fixture::plan(), 5.0);
  REQUIRE_FALSE(again.has_value());
  CHECK(again.error().message == "cannot submit cell 1 of night 1: it has an experiment already");
  CHECK(f.experiments.list(10)->size() == 1);
  const auto stored = f.nights.of_experiment(id).value();
  REQUIRE(stored);
  CHECK(stored->state == CellState::running);
  CHECK(stored->commit == "c0ffee");
  CHECK(stored->inputs == "hash");
  CHECK(stored->estimate == 90.0);
  CHECK(f.nights.night_cell(1)->experiment == id);
}

TEST_CASE("nights: the fingerprint of an experiment is that of an arm's first good boot") {
  Fixture f;
  const auto first = f.experiments.add(Fixture::plan(), 1.0).value(), second = f.experiments.add(Fixture::plan(), 1.0).value();
  f.boot(first, 10.0);
  f.boot(second, 10.0);
  const auto digest = f.nights.fingerprint(first, "tonight").value();
  CHECK_FALSE(digest.empty());
  CHECK(digest == f.nights.fingerprint(first, "reference").value());
  CHECK(digest != f.nights.fingerprint(second, "tonight").value());
  CHECK(f.nights.fingerprint(first, "nobody").value().empty());
}

TEST_CASE("nights: cells of an older klab take the command line that the configuration says, and keep their history") {
  Fixture f;
  std::vector<Cell> cells;
  for (const char* tree : {"booted", "longer", "other", "never", "twice"}) {
    cells.push_back(a_cell(tree));
    cells.back().tree = tree;
  }
  const auto night = f.begin(cells);
  const auto run = [&](const std::string& label, const std::string& line) {
    auto plan = Fixture::plan();
    for (auto& arm : plan.arms) arm.command_line = line;
    f.measured(night, label, 10.0, plan);
  };
  run("booted", "nosmt");
  run("longer", "nosmt isolcpus=1");  // with a workload's words
  run("other", "nosmtx");
  run("twice", "nosmt");
  f.database.connection().exec("UPDATE cell SET by_default = 1");
  auto twin = cells.back();
  twin.label = "its own";
  twin.command_line = "nosmt";
  f.begin({twin});
  REQUIRE(f.nights.settle_command_lines("nosmt").has_value());
  const auto settled = f.nights.cells("m").value();
  REQUIRE(settled.size() == 6);
  for (const auto& cell : settled) {
    INFO(cell.label);
    const bool stays = cell.label == "other" || cell.label == "twice";
    CHECK(cell.by_default == stays);
    CHECK(cell.command_line == (stays ? "" : "nosmt"));
  }
  // Tonight's cell with this line has the history; one without parameters is new.
  auto same = cells[0], none = cells[0];
  same.command_line = "nosmt";
  same.label = "same";
  none.label = "none";
  f.begin({same, none});
  CHECK(f.nights.cells("m")->size() == 7);
  CHECK(f.nights.cell(1)->label == "same");
  CHECK(f.nights.history(1, 10)->size() == 2);
  CHECK(f.nights.cell(7)->label == "none");
  CHECK_FALSE(f.nights.cell(7)->by_default);
}
