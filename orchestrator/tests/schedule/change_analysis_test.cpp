// SPDX-License-Identifier: GPL-3.0-or-later
// What a night's points lead to, without a lab.
#include "schedule/change_analysis.hpp"

#include <catch2/catch.hpp>

#include "pipeline/trend_data.hpp"

using namespace klab;

namespace {

// `values`: one per night, 0 for a gap; night_cells count from 101.
Trend trend_of(const std::vector<double>& values, const std::string& case_name = "a") {
  Trend trend;
  trend.cell.id = 1;
  trend.row = {"tiny", case_name, "time"};
  trend.metric = {"time", "ns", Better::lower, true, 0.0};
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto& point = trend.points.emplace_back();
    point.night = static_cast<std::int64_t>(i) + 1;
    point.night_cell = 101 + static_cast<std::int64_t>(i);
    point.fingerprint = "f1";
    if (values[i] == 0.0) continue;
    auto& value = point.value.emplace();
    value.estimate = values[i];
    value.low = values[i] - 0.02;
    value.high = values[i] + 0.02;
  }
  return trend;
}

void cut(Trend& trend) {
  trend.segments = trend_segments(trend.points, [](const std::string& f) { return HostFacts{{"microcode", f}, {"cpu", "one"}}; });
}

std::vector<double> steps(std::size_t before, std::size_t after, double ratio) {
  std::vector<double> values;
  for (std::size_t i = 0; i < before + after; ++i) values.push_back((i < before ? 1.0 : ratio) * (1.0 + 0.001 * static_cast<double>(i % 3)));
  return values;
}

NightCell tonight_of(const Trend& trend, CellVerdict verdict = CellVerdict::no_change) {
  NightCell cell;
  cell.id = trend.points.back().night_cell;
  cell.cell = 1;
  cell.verdict = verdict;
  return cell;
}

Investigation ended(std::int64_t id, std::int64_t good, std::int64_t bad, const std::string& result, double magnitude) {
  Investigation one;
  one.id = id;
  one.cell = 1;
  one.last_good = good;
  one.first_bad = bad;
  one.row = {"tiny", "a", "time"};
  one.magnitude = magnitude;
  one.state = InvestigationState::ended;
  one.result = result;
  return one;
}

}  // namespace

TEST_CASE("segments: cut where the host changes, not at gaps, and they say what differs") {
  auto trend = trend_of({1, 0, 1, 1, 0, 1});
  trend.points[3].fingerprint = trend.points[5].fingerprint = "f2";
  cut(trend);
  REQUIRE(trend.segments.size() == 2);
  CHECK(trend.segments[0].first == 0);
  CHECK(trend.segments[0].last == 2);
  CHECK(trend.segments[0].change.empty());
  CHECK(trend.segments[1].first == 3);
  CHECK(trend.segments[1].last == 5);
  CHECK(trend.segments[1].change == "microcode f1 -> f2");
  CHECK(host_change({{"a", "1"}}, {{"b", "2"}}) == "a 1 -> none, b none -> 2");
  CHECK(host_change({{"a", "1"}}, {{"a", "1"}}) == "another host, of which nothing is known to differ");
}

TEST_CASE("changes: none across a change of the host, one within, with gaps left out") {
  auto trend = trend_of(steps(12, 12, 1.10));
  for (std::size_t i = 12; i < 24; ++i) trend.points[i].fingerprint = "f2";
  cut(trend);
  CHECK(find_changes(trend).empty());
  for (auto& point : trend.points) point.fingerprint = "f1";
  trend.points[11].value.reset();
  cut(trend);
  const auto changes = find_changes(trend);
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].night_cell == 113);
  CHECK(changes[0].magnitude == Approx(0.10).margin(0.005));
  // What equal kernels differ by is no change.
  trend.floor = NoiseFloor{0.15, 20};
  CHECK(find_changes(trend).empty());
  // Last good is the newest night before it that has a point.
  trend.floor.reset();
  const auto analysis = analyse_changes({trend}, changes, {}, tonight_of(trend), 7.0);
  REQUIRE(analysis.fresh.size() == 1);
  CHECK(analysis.fresh[0].last_good == 111);
  CHECK(analysis.fresh[0].first_bad == 113);
  CHECK(analysis.fresh[0].source == "change point");
  CHECK(analysis.fresh[0].found == 7.0);
  CHECK(analysis.fresh_of == std::vector<std::optional<std::size_t>>{0});
}

TEST_CASE("changes: none across a change of the pinned reference") {
  auto trend = trend_of(steps(12, 12, 1.10));
  for (std::size_t i = 0; i < 24; ++i) trend.points[i].reference_commit = std::string(40, i < 12 ? 'a' : 'b');
  cut(trend);
  REQUIRE(trend.segments.size() == 2);
  CHECK(trend.segments[1].first == 12);
  CHECK(trend.segments[1].change == "reference aaaaaaaaaaaa -> bbbbbbbbbbbb");
  CHECK(find_changes(trend).empty());
  for (std::size_t i = 12; i < 24; ++i) trend.points[i].fingerprint = "f2";
  cut(trend);
  CHECK(trend.segments[1].change == "microcode f1 -> f2, reference aaaaaaaaaaaa -> bbbbbbbbbbbb");
  // A step is measured within one reference only.
  auto morning = trend_of({1.0, 1.0, 1.05, 1.05, 1.25});
  for (auto& point : morning.points) point.value->verdict = Verdict::regressed, point.value->change = point.value->estimate - 1.0;
  auto tonight = tonight_of(morning, CellVerdict::regressed);
  tonight.last_good = 102;
  const auto known = ended(5, 102, 103, "commit named", 0.05);
  CHECK(analyse_changes({morning}, {}, {known}, tonight, 7.0).fresh.size() == 1);
  morning.points.back().reference_commit = "b";
  CHECK(analyse_changes({morning}, {}, {known}, tonight, 7.0).fresh.empty());
}

TEST_CASE("candidates: who looks at an improvement does not cover what is worse") {
  auto throughput = trend_of(steps(12, 12, 1.17), "b");
  throughput.metric.better = Better::higher;
  auto latency = trend_of(steps(12, 12, 1.05));
  auto known = ended(5, 112, 113, "commit named", 0.17);
  known.row = throughput.row;
  const ChangePoint faster{throughput.row, 113, 0.0001, 0.17, {}}, slower{latency.row, 114, 0.001, 0.05, {}};
  auto analysis = analyse_changes({latency, throughput}, {faster, slower}, {known}, tonight_of(latency), 7.0);
  REQUIRE(analysis.fresh.size() == 1);
  CHECK(analysis.fresh[0].row == latency.row);
  CHECK(analysis.changes[0].investigation == 5);
  // Both on one night, and the surer is the improvement.
  analysis = analyse_changes({latency, throughput}, {faster, slower}, {}, tonight_of(latency), 7.0);
  REQUIRE(analysis.fresh.size() == 2);
  CHECK(analysis.fresh_of == std::vector<std::optional<std::size_t>>{0, 1});
  // A bad morning.
  latency.points.back().value->verdict = Verdict::regressed, latency.points.back().value->change = 0.05;
  auto tonight = tonight_of(latency, CellVerdict::regressed);
  tonight.last_good = 112;
  analysis = analyse_changes({latency, throughput}, {}, {known}, tonight, 7.0);
  REQUIRE(analysis.fresh.size() == 1);
  CHECK(analysis.fresh[0].source == "morning verdict");
  // What is better is no matter of its own beside what is worse.
  auto worse = ended(6, 112, 113, "commit named", 0.05);
  analysis = analyse_changes({latency, throughput}, {faster}, {worse}, tonight_of(latency), 7.0);
  CHECK(analysis.fresh.empty());
  CHECK(analysis.changes[0].investigation == 6);
}

TEST_CASE("candidates: where the lab could not tell it is looked at again, twice in all, unless a person cancelled it") {
  const auto trend = trend_of(steps(12, 3, 1.10));
  const std::vector<ChangePoint> changes{{trend.row, 113, 0.001, 0.10, {}}};
  auto known = ended(5, 112, 113, "could not tell", 0.1);
  const auto again = analyse_changes({trend}, changes, {known}, tonight_of(trend), 7.0);
  REQUIRE(again.fresh.size() == 1);
  CHECK(again.fresh[0].last_good == 110);
  CHECK(again.fresh[0].first_bad == 115);
  CHECK(analyse_changes({trend}, changes, {known, ended(6, 110, 115, "could not tell", 0.1)}, tonight_of(trend), 7.0).fresh.empty());
  InvestigationStep step;
  step.mark = "skip";
  step.text = "experiment 3 was cancelled";
  known.steps = {step};
  const auto cancelled = analyse_changes({trend}, changes, {known}, tonight_of(trend), 7.0);
  CHECK(cancelled.fresh.empty());
  CHECK(cancelled.changes[0].investigation == 5);
  // So is a morning, on another night.
  auto morning = trend_of({1.0, 1.0, 1.1, 1.1});
  for (auto& point : morning.points) point.value->verdict = Verdict::regressed, point.value->change = point.value->estimate - 1.0;
  auto tonight = tonight_of(morning, CellVerdict::regressed);
  tonight.last_good = 102;
  known = ended(5, 102, 103, "could not tell", 0.1);
  CHECK(analyse_changes({morning}, {}, {known}, tonight, 7.0).fresh.size() == 1);
}

TEST_CASE("candidates: rows that change together are one, and the surest leads") {
  const auto a = trend_of(steps(12, 12, 1.05)), b = trend_of(steps(12, 12, 1.10), "b");
  const std::vector<ChangePoint> changes{{a.row, 113, 0.001, 0.05, {}}, {b.row, 114, 0.0001, 0.10, {}}, {a.row, 120, 0.001, 0.05, {}}};
  const auto analysis = analyse_changes({a, b}, changes, {}, tonight_of(a), 7.0);
  REQUIRE(analysis.fresh.size() == 2);
  CHECK(analysis.fresh[0].row.case_name == "b");
  CHECK(analysis.fresh[0].first_bad == 114);
  CHECK(analysis.fresh[1].first_bad == 120);
  CHECK(analysis.fresh_of == std::vector<std::optional<std::size_t>>{0, 0, 1});
}

TEST_CASE("candidates: what was looked at is linked, unless it went the other way") {
  const auto trend = trend_of(steps(12, 12, 1.10));
  const std::vector<ChangePoint> changes{{trend.row, 113, 0.001, 0.10, {}}};
  for (const auto bad : {112, 113, 115}) {
    const auto analysis = analyse_changes({trend}, changes, {ended(5, bad - 1, bad, "commit named", 0.1)}, tonight_of(trend), 7.0);
    CHECK(analysis.fresh.empty());
    CHECK(analysis.changes[0].investigation == 5);
  }
  CHECK(analyse_changes({trend}, changes, {ended(5, 108, 109, "commit named", 0.1)}, tonight_of(trend), 7.0).fresh.size() == 1);
  CHECK(analyse_changes({trend}, changes, {ended(5, 112, 113, "commit named", -0.1)}, tonight_of(trend), 7.0).fresh.size() == 1);
}

TEST_CASE("candidates: one that was not confirmed is looked at once more when it has moved, further on both sides") {
  const auto trend = trend_of(steps(12, 12, 1.10));
  const std::vector<ChangePoint> changes{{trend.row, 113, 0.001, 0.10, {}}};
  // At the same place: it has been answered, unless it still stands after a week.
  const auto young = trend_of(steps(12, 6, 1.10));
  CHECK(analyse_changes({young}, changes, {ended(5, 112, 113, "not confirmed", 0.1)}, tonight_of(young), 7.0).fresh.empty());
  const auto stands = analyse_changes({trend}, changes, {ended(5, 112, 113, "not confirmed", 0.1)}, tonight_of(trend), 7.0);
  REQUIRE(stands.fresh.size() == 1);
  CHECK(stands.fresh[0].last_good == 110);
  CHECK(stands.fresh[0].first_bad == 115);
  const auto moved = analyse_changes({trend}, changes, {ended(5, 111, 112, "not confirmed", 0.1)}, tonight_of(trend), 7.0);
  REQUIRE(moved.fresh.size() == 1);
  CHECK(moved.fresh[0].last_good == 110);
  CHECK(moved.fresh[0].first_bad == 115);
  CHECK(analyse_changes({trend}, changes, {ended(5, 111, 112, "not confirmed", 0.1), ended(6, 110, 115, "not confirmed", 0.1)}, tonight_of(trend), 7.0)
            .fresh.empty());
}

TEST_CASE("candidates: a bad morning is one, until it is known, and again when it is worse once more") {
  auto trend = trend_of({1.0, 1.0, 1.05, 1.05, 1.25});
  for (auto& point : trend.points) point.value->verdict = Verdict::regressed, point.value->change = point.value->estimate - 1.0;
  auto tonight = tonight_of(trend, CellVerdict::regressed);
  tonight.last_good = 102;
  auto analysis = analyse_changes({trend}, {}, {}, tonight, 7.0);
  REQUIRE(analysis.fresh.size() == 1);
  CHECK(analysis.fresh[0].source == "morning verdict");
  CHECK(analysis.fresh[0].last_good == 102);
  CHECK(analysis.fresh[0].first_bad == 105);
  CHECK_FALSE(analysis.fresh[0].p);
  // The first step is known; the second is not.
  const auto known = ended(5, 102, 103, "commit named", 0.05);
  analysis = analyse_changes({trend}, {}, {known}, tonight, 7.0);
  REQUIRE(analysis.fresh.size() == 1);
  CHECK(analysis.fresh[0].last_good == 104);
  CHECK(analysis.fresh[0].first_bad == 105);
  CHECK(analysis.fresh[0].magnitude == Approx(1.25 / 1.05 - 1.0));
  CHECK(analyse_changes({trend}, {}, {known, ended(6, 104, 105, "commit named", 0.19)}, tonight, 7.0).fresh.empty());
  // Without a step beyond the intervals nobody asks again.
  trend.points.back().value = trend.points[3].value;
  CHECK(analyse_changes({trend}, {}, {known}, tonight, 7.0).fresh.empty());
  tonight.verdict = CellVerdict::suggestive;
  CHECK(analyse_changes({trend}, {}, {}, tonight, 7.0).fresh.empty());
}
