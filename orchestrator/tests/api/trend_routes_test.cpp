// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/trend_routes.hpp"

#include <spdlog/spdlog.h>

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "tests/schedule/cheap_lab.hpp"
#include "tests/store/trend_rows.hpp"
#include "util/text.hpp"

using namespace klab;
using namespace klab::test;

namespace {

// One cell over four nights: a point, a gap, two points on another host; a change and what was found out of it.
struct Place {
  Place() {
    spdlog::set_level(spdlog::level::off);
    cell = add_cell(database, "nightly", "tree, vm");
    for (int i = 1; i <= 4; ++i) {
      const auto night = add_night(database, "nightly", fmt::format("2026-11-0{}", i), i);
      cells.push_back(add_night_cell(database, night, cell, i == 2 ? "put off" : "done", i < 3 ? "f1" : "f2", i == 2 ? "no time" : ""));
      if (i == 2) continue;
      TrendValue value;
      value.estimate = 1.0 + 0.1 * i;
      value.low = value.estimate - 0.01;
      value.high = value.estimate + 0.01;
      if (i == 4) value.change = 0.1, value.verdict = Verdict::regressed;
      REQUIRE(daemon.trends.set_points(cells.back(), {{{"tiny", "a", "time"}, value}}).has_value());
    }
    finish_night(database, 4, 5.0);
    CellAnalysis analysis;
    analysis.cell = cell;
    analysis.changes = {{{"tiny", "a", "time"}, cells[3], 0.0005, 0.1, std::nullopt}};
    analysis.fresh_of = {0};
    Investigation one;
    one.cell = cell;
    one.last_good = cells[2];
    one.first_bad = cells[3];
    one.row = {"tiny", "a", "time"};
    one.source = "change point";
    one.magnitude = 0.1;
    analysis.fresh = {one};
    REQUIRE(daemon.trends.set_changes(analysis).has_value());
    REQUIRE(daemon.trends.set_analysed(4).has_value());
  }
  ApiResponse ask(std::vector<std::string> path, std::map<std::string, std::string> query = {}) {
    ApiRequest request;
    request.method = "GET";
    request.path = std::move(path);
    request.path.insert(request.path.begin(), "api");
    request.query = std::move(query);
    return TrendRoutes(daemon.lab).answer(request);
  }
  boost::json::object object(const ApiResponse& response) {
    INFO(response.body);
    REQUIRE(response.status == 200);
    return boost::json::parse(response.body).as_object();
  }

  TemporaryDirectory directory = scratch();
  CheapLab lab{directory.path()};
  Database database = Database::open(lab.config.database()).value();
  CheapDaemon daemon{lab, database};
  std::int64_t cell = 0;
  std::vector<std::int64_t> cells;
};

}  // namespace

TEST_CASE("trend routes: a matrix in brief, a cell whole, and only the row that was asked for") {
  Place p;
  auto brief = p.object(p.ask({"trends"}, {{"matrix", "nightly"}}));
  auto& row = brief["cells"].as_array().at(0).as_object()["rows"].as_array().at(0).as_object();
  CHECK(row["nights"] == 3);
  CHECK(row["gaps"] == 1);
  CHECK(row["newest"].as_object()["date"] == "2026-11-04");
  CHECK_FALSE(row.contains("points"));

  auto whole = p.object(p.ask({"trends", "1"}, {{"case", "a"}}));
  auto& trend = whole["rows"].as_array().at(0).as_object();
  const auto& points = trend["points"].as_array();
  REQUIRE(points.size() == 4);
  CHECK(points[1].as_object().at("missing") == "put off: no time");
  CHECK(points[3].as_object().at("verdict") == "regressed");
  CHECK(points[3].as_object().at("estimate") == 1.4);
  REQUIRE(trend["segments"].as_array().size() == 2);
  CHECK(trend["segments"].as_array()[1].as_object()["from"] == "2026-11-03");
  CHECK(trend["segments"].as_array()[1].as_object()["change"] == "another host, of which nothing is known to differ");
  CHECK(trend["changes"].as_array()[0].as_object()["date"] == "2026-11-04");
  CHECK(trend["changes"].as_array()[0].as_object()["investigation"] == 1);
  CHECK(trend["noise_floor"].is_null());
  CHECK(p.object(p.ask({"trends", "1"}, {{"case", "b"}}))["rows"].as_array().empty());
}

TEST_CASE("trend routes: nights that never were are gaps, counted and told") {
  Place p;
  auto& db = p.database.connection();
  // The second half a fortnight later.
  for (int i = 1; i <= 4; ++i) {
    const double start = parse_local_time(fmt::format("2026-11-{:02} 02:00", i < 3 ? i : i + 14)).value();
    execute(db, "UPDATE night SET started = ?, date = ?, definition = ? WHERE id = ?", start, local_time(start).substr(0, 10),
            std::string_view("[nightly]\nat = \"02:00\"\n"), i);
  }
  auto brief = p.object(p.ask({"trends"}, {{"matrix", "nightly"}}));
  auto& row = brief["cells"].as_array().at(0).as_object()["rows"].as_array().at(0).as_object();
  CHECK(row["nights"] == 3);
  CHECK(row["gaps"] == 15);
  auto whole = p.object(p.ask({"trends", "1"}));
  auto& trend = whole["rows"].as_array().at(0).as_object();
  CHECK(trend["gaps"] == 15);
  const auto& points = trend["points"].as_array();
  REQUIRE(points.size() == 5);
  CHECK(points[1].as_object().at("nights") == 1);
  CHECK(points[1].as_object().at("until") == "2026-11-02");
  CHECK(boost::json::serialize(points[2]) ==
        R"({"night":null,"night_cell":null,"date":"2026-11-03","experiment":null,"commit":"","fingerprint":"","missing":"no night began",)"
        R"("nights":14,"until":"2026-11-16"})");
  const auto& segment = trend["segments"].as_array().at(1).as_object();
  CHECK(segment.at("first") == 3);
  CHECK(segment.at("last") == 4);
  CHECK(segment.at("from") == "2026-11-17");
  CHECK(trend["changes"].as_array().at(0).as_object()["date"] == "2026-11-18");
}

TEST_CASE("trend routes: a cut where the workload changed says so") {
  Place p;
  ExperimentPlan plan;
  plan.title = "t";
  plan.submitter = "klabd";
  ArmPlan arm;
  arm.label = "reference";
  arm.tree = "tree";
  arm.machine = "vm";
  plan.arms = {arm, arm};
  plan.arms[1].label = "tonight";
  plan.contrasts = {{0, 1}};
  auto& db = p.database.connection();
  for (int i = 1; i <= 4; ++i) {
    plan.workloads = {{"tiny", "tiny", i < 4 ? "hash" : "another", {}, {}}};
    execute(db, "UPDATE night_cell SET experiment = ?, fingerprint = 'f1' WHERE id = ?", p.daemon.experiments.add(plan, 1.0).value(),
            p.cells[static_cast<std::size_t>(i - 1)]);
  }
  auto whole = p.object(p.ask({"trends", "1"}));
  const auto& segments = whole["rows"].as_array().at(0).as_object()["segments"].as_array();
  REQUIRE(segments.size() == 2);
  CHECK(segments[0].as_object().at("to") == "2026-11-03");
  CHECK(segments[1].as_object().at("change") == "workload tiny changed");
}

TEST_CASE("trend routes: investigations, and what there is not") {
  Place p;
  auto all = p.object(p.ask({"investigations"}));
  REQUIRE(all["investigations"].as_array().size() == 1);
  CHECK(all["investigations"].as_array()[0].as_object()["label"] == "tree, vm");
  CHECK(p.object(p.ask({"investigations"}, {{"cell", "7"}}))["investigations"].as_array().empty());
  auto one = p.object(p.ask({"investigations", "1"}));
  CHECK(one["state"] == "waiting");
  CHECK(one["last_good_date"] == "2026-11-03");
  CHECK(one["first_bad_date"] == "2026-11-04");
  CHECK(p.ask({"investigations", "2"}).status == 404);
  CHECK(p.ask({"investigations", "x"}).status == 404);
  CHECK(p.ask({"trends", "9"}).status == 404);
  const auto unknown = p.ask({"trends"}, {{"matrix", "no\nmatrix"}});
  CHECK(unknown.status == 404);
  CHECK(unknown.body.find("it has had no night; klab matrix list tells which have") != std::string::npos);
}
