// SPDX-License-Identifier: GPL-3.0-or-later
// Where what nights were measured with cuts a trend.
#include <catch2/catch.hpp>

#include "pipeline/trend_data.hpp"

using namespace klab;

namespace {

Ruler plain() {
  Ruler ruler;
  ruler.workloads["tiny"] = {"hash", ""};
  ruler.kconfig_base = "tinyconfig";
  ruler.fragments = {{"lab", "one"}, {"debug", "two"}};
  ruler.command_line = "quiet";
  return ruler;
}

std::shared_ptr<const Ruler> shared(Ruler ruler) { return std::make_shared<const Ruler>(std::move(ruler)); }

// A night for each; 12 of them, then 12 that are 10 % slower.
Trend step(std::size_t before = 12, std::size_t after = 12) {
  Trend trend;
  trend.metric = {"time", "ns", Better::lower, true, 0.0};
  for (std::size_t i = 0; i < before + after; ++i) {
    auto& point = trend.points.emplace_back();
    point.night = point.night_cell = static_cast<std::int64_t>(i) + 1;
    point.fingerprint = "f1";
    point.value.emplace().estimate = (i < before ? 1.0 : 1.1) * (1.0 + 0.001 * static_cast<double>(i % 3));
  }
  return trend;
}

void cut(Trend& trend) {
  trend.segments = trend_segments(trend.points, [](const std::string& f) { return HostFacts{{"microcode", f}}; });
}

}  // namespace

TEST_CASE("ruler: what differs is said") {
  auto after = plain();
  CHECK(ruler_change(plain(), after).empty());
  after.workloads["tiny"].hash = "other";
  CHECK(ruler_change(plain(), after) == "workload tiny changed");
  after.fragments[1].second = "three";
  after.command_line = "";
  CHECK(ruler_change(plain(), after) == "workload tiny changed, kconfig debug changed, command line \"quiet\" -> \"\"");
  after = plain();
  after.workloads["tiny"].instrument = "patches";
  after.kconfig_base = "defconfig";
  after.fragments.pop_back();
  CHECK(ruler_change(plain(), after) == "workload tiny has another instrument, kconfig base tinyconfig -> defconfig, kconfig lab,debug -> lab");
  after = plain();
  after.workloads = {{"large", {"hash", ""}}};
  std::swap(after.fragments[0], after.fragments[1]);
  CHECK(ruler_change(plain(), after) == "workload large changed, workload tiny gone, kconfig lab,debug -> debug,lab");
}

TEST_CASE("segments: cut where the workload changes, and no change point stands on that") {
  auto trend = step();
  auto other = plain();
  other.workloads["tiny"].hash = "other";
  const auto before = shared(plain()), after = shared(other);
  cut(trend);
  CHECK(find_changes(trend).size() == 1);
  for (std::size_t i = 0; i < trend.points.size(); ++i) trend.points[i].ruler = i < 12 ? before : after;
  cut(trend);
  REQUIRE(trend.segments.size() == 2);
  CHECK(trend.segments[0].last == 11);
  CHECK(trend.segments[1].first == 12);
  CHECK(trend.segments[1].change == "workload tiny changed");
  CHECK(find_changes(trend).empty());
  CHECK_FALSE(comparable(trend.points[11], trend.points[12]));
  // With more than that.
  for (std::size_t i = 12; i < 24; ++i) trend.points[i].fingerprint = "f2", trend.points[i].reference_commit = "b";
  cut(trend);
  CHECK(trend.segments[1].change == "microcode f1 -> f2, reference none -> b, workload tiny changed");
  // Equal ones need not be one object.
  for (std::size_t i = 0; i < 24; ++i) trend.points[i].ruler = shared(plain()), trend.points[i].fingerprint = "f1", trend.points[i].reference_commit = "";
  cut(trend);
  CHECK(trend.segments.size() == 1);
}

TEST_CASE("segments: a ruler that is not known cuts nothing, and hides no change") {
  auto trend = step(3, 3);
  auto other = plain();
  other.command_line = "quiet nosmt";
  trend.points[2].ruler = shared(plain());
  cut(trend);
  CHECK(trend.segments.size() == 1);
  CHECK(comparable(trend.points[1], trend.points[2]));
  trend.points[5].ruler = shared(other);
  trend.points[4].value.reset();
  cut(trend);
  REQUIRE(trend.segments.size() == 2);
  CHECK(trend.segments[0].last == 3);
  CHECK(trend.segments[1].first == 5);
  CHECK(trend.segments[1].change == "command line \"quiet\" -> \"quiet nosmt\"");
}
