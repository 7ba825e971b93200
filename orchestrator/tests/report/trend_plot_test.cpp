// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/page/trend_plot.hpp"

#include <catch2/catch.hpp>

#include "report/page/document.hpp"
#include "report/strip_plot.hpp"

using namespace klab;

namespace {

Trend trend_of(const std::vector<double>& values) {  // 0: a gap
  Trend trend;
  for (std::size_t i = 0; i < values.size(); ++i) {
    TrendPoint point;
    point.night = point.night_cell = static_cast<std::int64_t>(i + 1);
    point.date = "2026-11-0" + std::to_string(i + 1);
    if (values[i] != 0.0)
      point.value = TrendValue{true, values[i], values[i] - 0.01, values[i] + 0.01, {}, {}};
    else
      point.missing = "put off";
    trend.points.push_back(point);
  }
  trend.segments = {{0, values.size() - 1, ""}};
  return trend;
}

}  // namespace

TEST_CASE("trend plot: a gap is a band without a point, and no line crosses it") {
  const auto plot = page::trend_plot(trend_of({1.0, 1.01, 0.0, 0.0, 1.0, 1.02}), 300, false);
  CHECK(plot.points.size() == 4);
  REQUIRE(plot.gaps.size() == 1);
  CHECK(plot.gaps[0].hint == "2026-11-03 to 2026-11-04: no number; put off");
  REQUIRE(plot.strokes.size() == 2);
  for (const auto& stroke : plot.strokes) CHECK((stroke.to < plot.gaps[0].from || stroke.from > plot.gaps[0].to));
}

TEST_CASE("trend plot: a gap of several nights has their room, up to a month") {
  auto trend = trend_of({1.0, 0.0, 1.0});
  trend.points[1].date = "2026-11-02";
  trend.points[1].until = "2026-11-09";
  trend.points[1].nights = 8;
  trend.points[1].missing = "no night began";
  trend.points[1].night = trend.points[1].night_cell = 0;
  const auto plot = page::trend_plot(trend, 300, false);
  REQUIRE(plot.points.size() == 2);
  CHECK(plot.strokes.empty());
  REQUIRE(plot.gaps.size() == 1);
  CHECK(plot.gaps[0].hint == "2026-11-02 to 2026-11-09: no number; no night began");
  CHECK(plot.gaps[0].from > plot.points[0].at);
  CHECK(plot.gaps[0].to < plot.points[1].at);
  CHECK(plot.gaps[0].to - plot.gaps[0].from == Approx(98.0 * 7.9 / 9.0));
  CHECK(plot.describe.starts_with("2 of 10 nights have a number; 0 change points, 0 cuts"));
  trend.points[1].nights = 365;
  const auto year = page::trend_plot(trend, 300, false);
  CHECK(year.gaps.at(0).to - year.gaps.at(0).from == Approx(98.0 * 30.9 / 32.0));
  CHECK(year.describe.starts_with("2 of 367 nights have a number"));
  // One that begins the trend is no cut.
  trend.points.erase(trend.points.begin());
  trend.segments = {{1, 1, ""}};
  CHECK(page::trend_plot(trend, 300, false).cuts.empty());
}

TEST_CASE("trend plot: cuts and change points part the levels, higher is up") {
  auto trend = trend_of({1.0, 1.0, 1.0, 0.9, 0.9, 0.9});
  trend.changes.push_back({{}, 4, 0.001, -0.1, 7});
  trend.floor = NoiseFloor{0.02, 12, true};
  auto plot = page::trend_plot(trend, 300, false);
  REQUIRE(plot.levels.size() == 2);
  CHECK(plot.levels[0].median < plot.levels[1].median);
  CHECK(plot.levels[0].hint == "median of 3 nights: 0.0%; noise floor 2.0% around it, of 12 A/A runs");
  REQUIRE(plot.changes.size() == 1);
  CHECK(plot.changes[0].href == "/investigations/7");
  CHECK(plot.changes[0].tone == "regressed");
  CHECK(plot.changes[0].at > plot.points[2].at);
  CHECK(plot.changes[0].at < plot.points[3].at);
  trend.metric.better = Better::lower;
  CHECK(page::trend_plot(trend, 300, false).changes[0].tone == "improved");
  trend.changes.clear();
  trend.segments = {{0, 1, ""}, {2, 5, "microcode 0x1 -> 0x2"}};
  plot = page::trend_plot(trend, 300, false);
  REQUIRE(plot.cuts.size() == 1);
  CHECK(plot.cuts[0].hint == "cut: microcode 0x1 -> 0x2");
  CHECK(plot.cuts[0].label == "host changed");
  trend.segments[1].change = "reference aaaaaaaaaaaa -> bbbbbbbbbbbb";
  CHECK(page::trend_plot(trend, 300, false).cuts.at(0).label == "new reference");
  for (const auto& [change, label] : {std::pair("workload tiny changed, kconfig lab changed", "workload changed"),
                                      std::pair("kconfig lab,debug -> lab", "kconfig changed"),
                                      std::pair("command line \"quiet\" -> \"\"", "command line changed")}) {
    trend.segments[1].change = change;
    CHECK(page::trend_plot(trend, 300, false).cuts.at(0).label == label);
    CHECK(page::trend_plot(trend, 300, false).cuts.at(0).hint == std::string("cut: ") + change);
  }
  CHECK(plot.levels.size() == 2);
}

TEST_CASE("trend plot: no night, one night, one value everywhere, and a value that is none") {
  CHECK(page::trend_plot(trend_of({}), 300, false).points.empty());
  CHECK(page::trend_plot(trend_of({0.0}), 300, false).points.empty());
  const auto one = page::trend_plot(trend_of({1.0}), 300, false);
  REQUIRE(one.points.size() == 1);
  CHECK(one.points[0].at == 50.0);
  for (const auto& point : page::trend_plot(trend_of({1.0, 1.0, 1.0}), 300, true).points)
    CHECK((point.estimate >= 0.0 && point.estimate <= 300.0));
  auto broken = trend_of({1.0, 1.0});
  broken.points[1].value->estimate = std::numeric_limits<double>::quiet_NaN();
  CHECK(page::trend_plot(broken, 300, false).points.size() == 1);
}

TEST_CASE("strip plot: a box has least, quartiles and greatest, and needs three boots") {
  ComparisonRow row;
  for (const double value : {1.0, 2.0, 3.0, 4.0, 5.0}) row.reference.push_back({"1", 1, value, false});
  row.patched = {{"2", 2, 3.0, false}, {"3", 3, 4.0, false}};
  const auto plot = report::strip_plot(row);
  REQUIRE(plot);
  REQUIRE(plot->reference_box);
  CHECK(plot->reference_box->title == "baseline: least 1, lower quartile 2, median 3, upper quartile 4, greatest 5");
  CHECK(plot->reference_box->least < plot->reference_box->lower);
  CHECK_FALSE(plot->patched_box);
}

TEST_CASE("document: texts are escaped and printable wherever they stand") {
  const std::string evil = "<b>\"&'\x1b\xe2\x80\xae{{x}}";
  page::Document document;
  document.title = document.lead = document.query = evil;
  document.trail = document.chips = {{.text = evil, .small = evil, .hint = evil}};
  page::Table table{evil,
                    {{evil}, {evil, true, evil}},
                    {{{.text = evil, .small = evil, .hint = evil}, {.text = evil, .chip = true}}},
                    evil,
                    true};
  page::Order order{evil, 1, {{evil, {page::OrderMark{"x", "ok", "/boots/1", evil}}}}};
  page::Grid grid{evil, {{evil, evil, "/nights/1", evil}}, {{evil, "/cells/1", {{"x", "ok", "", evil}}}}};
  document.sections.push_back({evil,
                               "",
                               {table, page::Facts{{{evil, {{.text = evil}}}}}, page::Note{{{.text = evil}}},
                                page::Chips{{{.text = evil}}}, page::Lines{{{.text = evil}}}, page::Pre{evil, evil}, order, grid,
                                page::Figures{{{evil, evil}}}, page::Multiples{{{evil, "/x", evil, evil, "", {}}}},
                                page::TrendChart{{}, evil}, page::Form{"/compare", {{"a", {evil, evil}}}, evil}}});
  const auto html = page::render(document, {"1", "now", false});
  CHECK(html.find("<b>") == std::string::npos);
  CHECK(html.find('\x1b') == std::string::npos);
  CHECK(html.find("\xe2\x80\xae") == std::string::npos);
  CHECK(html.find("\"&'") == std::string::npos);
  CHECK(html.find("&lt;b&gt;&quot;&amp;&apos;") != std::string::npos);
  CHECK(page::address("/a", {{"x", "b&c=\"d\""}}) == "/a?x=b%26c%3D%22d%22");
}
