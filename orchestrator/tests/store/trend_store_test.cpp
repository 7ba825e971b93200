// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/trend_store.hpp"

#include <sqlite3.h>

#include <catch2/catch.hpp>

#include "store/experiment_store.hpp"
#include "support/error_words.hpp"
#include "tests/store/trend_rows.hpp"
#include "util/file.hpp"

using namespace klab;
using namespace klab::test;

namespace {

struct Fixture {
  TemporaryDirectory directory = TemporaryDirectory::create("/tmp", "klab-store-").value();
  Database database = Database::open(directory.path() / "klab.db").value();
  ExperimentStore experiments{database};
  TrendStore trends{database};
  const RowKey row{"tiny", "a", "time"};

  static ExperimentPlan plan() {
    ExperimentPlan plan;
    plan.title = "t";
    plan.submitter = "klabd";
    ArmPlan arm;
    arm.label = "last-good";
    arm.tree = "tree";
    arm.machine = "vm";
    plan.arms = {arm, arm};
    plan.arms[1].label = "first-bad";
    plan.contrasts = {{0, 1}};
    return plan;
  }
};

Investigation candidate(std::int64_t cell, std::int64_t last_good, std::int64_t first_bad, const RowKey& row) {
  Investigation out;
  out.cell = cell;
  out.last_good = last_good;
  out.first_bad = first_bad;
  out.row = row;
  out.source = "change point";
  out.p = 0.001;
  out.magnitude = 0.05;
  out.found = 7.0;
  return out;
}

}  // namespace

TEST_CASE("trends: points come oldest first, with gaps that say why") {
  Fixture f;
  const auto cell = add_cell(f.database, "m", "c");
  std::vector<std::int64_t> cells;
  for (const auto* state : {"done", "put off", "done", "done", "skipped"}) {
    const auto night = add_night(f.database, "m", fmt::format("2026-11-{:02}", cells.size() + 1), 1.0 + static_cast<double>(cells.size()));
    cells.push_back(add_night_cell(f.database, night, cell, state, "f1", std::string(state) == "put off" ? "no time" : ""));
  }
  execute(f.database.connection(), "UPDATE night_cell SET reference_commit = 'the pinned one' WHERE id = ?", cells[2]);
  REQUIRE(f.trends.without_points().value() == std::vector<std::int64_t>{cells[0], cells[2], cells[3]});
  TrendValue value;
  value.estimate = 1.05, value.low = 1.01, value.high = 1.09, value.change = 0.04, value.verdict = Verdict::regressed;
  REQUIRE(f.trends.set_points(cells[0], {{f.row, TrendValue{}}, {{"tiny", "b", "time"}, value}}).has_value());
  REQUIRE(f.trends.set_points(cells[2], {{f.row, value}}).has_value());
  REQUIRE(f.trends.set_points(cells[3], {}).has_value());
  CHECK(f.trends.without_points()->empty());
  CHECK(f.trends.rows(cell).value() == std::vector<RowKey>{f.row, {"tiny", "b", "time"}});
  const auto points = f.trends.points(cell, f.row, 100).value();
  REQUIRE(points.size() == 5);
  CHECK(points[0].date == "2026-11-01");
  CHECK(points[0].value->estimate == 1.0);
  CHECK_FALSE(points[0].value->change);
  CHECK_FALSE(points[1].value);
  CHECK(points[1].missing == "put off: no time");
  CHECK(points[2].value->high == 1.09);
  CHECK(points[2].value->change == 0.04);
  CHECK(points[2].value->verdict == Verdict::regressed);
  CHECK(points[2].commit == "c3");
  CHECK(points[2].reference_commit == "the pinned one");
  CHECK(points[3].missing == "no result of this row");
  CHECK(points[4].missing == "skipped");
  CHECK(f.trends.points(cell, f.row, 2)->front().date == "2026-11-04");
}

TEST_CASE("trends: a night is analysed once, after its end and its points") {
  Fixture f;
  const auto cell = add_cell(f.database, "m", "c");
  const auto first = add_night_cell(f.database, add_night(f.database, "m", "2026-11-01", 1.0), cell, "done");
  const auto night = add_night(f.database, "m", "2026-11-02", 2.0);
  const auto second = add_night_cell(f.database, night, cell, "done");
  CHECK(f.trends.unanalysed()->empty());
  finish_night(f.database, night, 3.0);
  CHECK(f.trends.unanalysed()->empty());
  REQUIRE(f.trends.set_points(second, {{f.row, TrendValue{}}}).has_value());
  REQUIRE(f.trends.unanalysed().value() == std::vector<std::int64_t>{night});
  CellAnalysis analysis;
  analysis.cell = cell;
  analysis.changes = {{f.row, second, 0.0005, 0.05, std::nullopt}, {{"tiny", "b", "time"}, second, 0.001, 0.03, std::nullopt}};
  analysis.changes[1].is_ratio = false;
  analysis.fresh = {candidate(cell, first, second, f.row)};
  analysis.fresh[0].is_ratio = false;
  analysis.fresh_of = {0, std::nullopt};
  REQUIRE(f.trends.set_changes(analysis).has_value());
  // Cut off here, it is analysed again; only the end counts.
  REQUIRE(f.trends.unanalysed().value() == std::vector<std::int64_t>{night});
  REQUIRE(f.trends.set_analysed(night).has_value());
  CHECK(f.trends.unanalysed()->empty());
  const auto changes = f.trends.change_points(cell).value();
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].investigation == 1);
  CHECK_FALSE(changes[1].investigation);
  CHECK(changes[0].p == 0.0005);
  CHECK(changes[0].is_ratio);
  CHECK_FALSE(changes[1].is_ratio);
  CHECK_FALSE(f.trends.investigation(1)->is_ratio);
  CHECK(f.trends.open_investigations().value() == std::vector<std::int64_t>{1});
}

TEST_CASE("trends: a step and its experiment are stored together, and the end is final") {
  Fixture f;
  const auto cell = add_cell(f.database, "m", "c");
  const auto a = add_night_cell(f.database, add_night(f.database, "m", "2026-11-01", 1.0), cell, "done");
  const auto b = add_night_cell(f.database, add_night(f.database, "m", "2026-11-02", 2.0), cell, "done");
  const auto id = f.trends.add_investigation(candidate(cell, a, b, f.row)).value();
  InvestigationStep step;
  step.commit = "abc";
  const auto experiment = f.trends.begin_step(id, InvestigationState::confirming, step, Fixture::plan(), 10.0).value();
  CHECK(f.experiments.get(experiment)->plan.arms.at(1).label == "first-bad");
  REQUIRE(f.trends.mark_step(experiment, "bad", "it shows").has_value());
  step.bisect = true;
  step.mark = "skip";
  REQUIRE(f.trends.add_step(id, step).has_value());
  auto stored = f.trends.investigation(id).value();
  CHECK(stored.state == InvestigationState::confirming);
  REQUIRE(stored.steps.size() == 2);
  CHECK(stored.steps[0].experiment == experiment);
  CHECK(stored.steps[0].mark == "bad");
  CHECK(stored.steps[1].bisect);
  REQUIRE(f.trends.set_lead(id, {"tiny", "b", "depth"}, false, -3.0).has_value());
  CHECK(f.trends.investigation(id)->row.metric == "depth");
  CHECK(f.trends.investigation(id)->magnitude == -3.0);
  CHECK_FALSE(f.trends.investigation(id)->is_ratio);
  REQUIRE(f.trends.end_investigation(id, "commit named", "abc", "it was abc", 11.0).has_value());
  REQUIRE(f.trends.end_investigation(id, "could not tell", "", "too late", 12.0).has_value());
  stored = f.trends.investigations(10)->front();
  CHECK(stored.result == "commit named");
  CHECK(stored.conclusion == "it was abc");
  CHECK(stored.finished == 11.0);
  CHECK(f.trends.open_investigations()->empty());
  CHECK(f.trends.investigations_of(cell)->size() == 1);
  const auto none = f.trends.investigation(9);
  REQUIRE(none.has_error());
  CHECK(none.error().message == "cannot find investigation 9; klab investigations lists them");
}

TEST_CASE("trends: a floor is the 95th percentile of the newest 20 A/A runs, and needs 5") {
  CHECK_FALSE(noise_floor({0.1, 0.1, 0.1, 0.1}));
  CHECK(noise_floor({0.01, 0.02, 0.05, 0.04, 0.03})->size == 0.05);
  std::vector<double> sizes;
  for (int i = 1; i <= 20; ++i) sizes.push_back(i / 100.0);
  sizes.push_back(9.0);  // the oldest, which no longer counts
  CHECK(noise_floor(sizes)->size == 0.19);
  CHECK(noise_floor(sizes)->runs == 20);

  Fixture f;
  for (int i = 1; i <= 6; ++i) {
    const auto experiment = f.experiments.add(Fixture::plan(), i).value();
    REQUIRE(f.experiments.finish(experiment, Outcome::ok, "", "", i).has_value());
    CHECK(f.trends.unseen().value() == std::vector<std::int64_t>{experiment});
    REQUIRE(f.trends.add_noise(experiment, "vm", {{f.row, true, 0.01 * i}, {{"tiny", "z", "n"}, i != 6, 1.0 * i}}, i).has_value());
    CHECK(f.trends.unseen()->size() == 1);  // there may be more to be done about it
    REQUIRE(f.trends.set_seen(experiment).has_value());
  }
  CHECK(f.trends.unseen()->empty());
  const auto floors = f.trends.floors("vm").value();
  REQUIRE(floors.size() == 1);  // the other row's newest run is a difference, and alone
  CHECK(floors.at(f.row).size == Approx(0.06));
  CHECK(floors.at(f.row).runs == 6);
  CHECK(f.trends.noise("vm", 2)->at(f.row).sizes == std::vector<double>{0.06, 0.05});
  CHECK(f.trends.floors("vm", 6.0)->at(f.row).runs == 5);
  CHECK(f.trends.floors("vm", 5.0)->empty());
  CHECK(f.trends.floors("vm2")->empty());
}

TEST_CASE("trends: an experiment is confirmed once") {
  Fixture f;
  const auto first = f.experiments.add(Fixture::plan(), 1.0).value();
  CHECK_FALSE(f.trends.confirmation_of(first).value());
  const auto second = f.trends.confirm(first, Fixture::plan(), 2.0).value();
  CHECK(f.trends.confirmation_of(first).value() == second);
  CHECK(f.trends.confirm(first, Fixture::plan(), 3.0).has_error());
  CHECK(f.experiments.list(10)->size() == 2);
}

TEST_CASE("trends: noise costs the same however long the host's history is") {
  Fixture f;
  auto& db = f.database.connection();
  db.exec("PRAGMA foreign_keys = OFF");
  const auto add = [&](int from, int to) {
    execute(db,
            "WITH RECURSIVE run(n) AS (SELECT ? UNION ALL SELECT n + 1 FROM run WHERE n < ?), place(c) AS (VALUES ('a'), ('b'), ('c'))"
            " INSERT INTO noise (experiment, host, workload, case_name, metric, time, is_ratio, size)"
            " SELECT n, 'vm', 'tiny', c, 'time', n, 1, n FROM run, place",
            from, to);
  };
  const auto cost = [&] {
    int count = 0;
    sqlite3_progress_handler(
        db.getHandle(), 10, [](void* at) { return ++*static_cast<int*>(at), 0; }, &count);
    const auto rows = f.trends.noise("vm", 40).value();
    sqlite3_progress_handler(db.getHandle(), 0, nullptr, nullptr);
    REQUIRE(rows.size() == 3);
    for (const auto& [row, noise] : rows) CHECK(noise.sizes.size() == 40);
    return count;
  };
  add(1, 100);
  const int little = cost();
  add(101, 5000);
  CHECK(cost() <= little + little / 10 + 10);
  CHECK(f.trends.noise("vm", 2)->at({"tiny", "b", "time"}).sizes == std::vector<double>{5000.0, 4999.0});
  CHECK(f.trends.noise("vm", 2, 51.0)->at({"tiny", "c", "time"}).times == std::vector<double>{50.0, 49.0});
}
