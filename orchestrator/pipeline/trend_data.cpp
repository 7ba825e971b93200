// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/trend_data.hpp"

#include <algorithm>
#include <set>

#include "util/text.hpp"

namespace klab {
namespace {

std::string brief(const std::string& commit) { return commit.empty() ? "none" : commit.substr(0, 12); }

// What all rows of a cell share.
struct CellData {
  std::vector<ChangePoint> changes;
  std::map<RowKey, NoiseFloor> floors;
  std::map<std::string, HostFacts> facts;  // by fingerprint
};

Result<CellData> read_cell(Lab& lab, const Cell& cell) {
  CellData data;
  auto changes = lab.trends.change_points(cell.id);
  if (!changes) return changes.error();
  data.changes = std::move(*changes);
  auto machine = lab.trends.machine(cell.id);
  if (!machine) return machine.error();
  auto floors = lab.trends.floors(*machine);
  if (!floors) return floors.error();
  data.floors = std::move(*floors);
  return data;
}

Result<Trend> read_row(Lab& lab, const Cell& cell, const RowKey& row, int limit, CellData& data) {
  Trend trend;
  trend.cell = cell;
  trend.row = row;
  auto metric = lab.trends.metric(cell.id, row);
  if (!metric) return metric.error();
  trend.metric = std::move(*metric);
  auto points = lab.trends.points(cell.id, row, limit);
  if (!points) return points.error();
  trend.points = std::move(*points);
  std::optional<Error> failed;
  trend.segments = trend_segments(trend.points, [&](const std::string& fingerprint) {
    const auto known = data.facts.find(fingerprint);
    if (known != data.facts.end()) return known->second;
    auto facts = lab.trends.host_facts(fingerprint);
    if (!facts) failed = facts.error();
    return data.facts[fingerprint] = facts ? *facts : HostFacts();
  });
  if (failed) return *failed;
  std::set<std::int64_t> shown;
  for (const auto& point : trend.points) shown.insert(point.night_cell);
  for (const auto& change : data.changes)
    if (change.row == row && shown.count(change.night_cell)) trend.changes.push_back(change);
  std::sort(trend.changes.begin(), trend.changes.end(),
            [](const ChangePoint& a, const ChangePoint& b) { return a.night_cell < b.night_cell; });
  if (const auto floor = data.floors.find(row); floor != data.floors.end()) trend.floor = floor->second;
  return trend;
}

}  // namespace

std::string host_change(const HostFacts& before, const HostFacts& after) {
  std::set<std::string> names;
  for (const auto* facts : {&before, &after})
    for (const auto& [name, value] : *facts) names.insert(name);
  const auto value = [](const HostFacts& facts, const std::string& name) {
    const auto found = facts.find(name);
    return found == facts.end() || found->second.empty() ? std::string("none") : found->second;
  };
  std::vector<std::string> changes;
  for (const auto& name : names)
    if (value(before, name) != value(after, name)) changes.push_back(fmt::format("{} {} -> {}", name, value(before, name), value(after, name)));
  return changes.empty() ? "another host, of which nothing is known to differ" : join(changes, ", ");
}

bool comparable(const TrendPoint& a, const TrendPoint& b) {
  return a.fingerprint == b.fingerprint && a.reference_commit == b.reference_commit;
}

std::vector<TrendSegment> trend_segments(const std::vector<TrendPoint>& points,
                                         const std::function<HostFacts(const std::string&)>& facts) {
  std::vector<TrendSegment> segments;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!points[i].value) continue;
    if (segments.empty()) {
      segments.push_back({i, i, {}});
    } else if (const auto& before = points[segments.back().last]; !comparable(before, points[i])) {
      std::vector<std::string> changes;
      if (before.fingerprint != points[i].fingerprint)
        changes.push_back(host_change(facts(before.fingerprint), facts(points[i].fingerprint)));
      if (before.reference_commit != points[i].reference_commit)
        changes.push_back(fmt::format("reference {} -> {}", brief(before.reference_commit), brief(points[i].reference_commit)));
      segments.push_back({i, i, join(changes, ", ")});
    } else {
      segments.back().last = i;
    }
  }
  return segments;
}

Result<Trend> read_trend(Lab& lab, const Cell& cell, const RowKey& row, int limit) {
  auto data = read_cell(lab, cell);
  if (!data) return data.error();
  return read_row(lab, cell, row, limit, *data);
}

Result<std::vector<Trend>> read_trends(Lab& lab, const Cell& cell, int limit) {
  auto data = read_cell(lab, cell);
  if (!data) return data.error();
  auto rows = lab.trends.rows(cell.id);
  if (!rows) return rows.error();
  std::vector<Trend> trends;
  for (const auto& row : *rows) {
    auto trend = read_row(lab, cell, row, limit, *data);
    if (!trend) return trend.error();
    trends.push_back(std::move(*trend));
  }
  std::stable_sort(trends.begin(), trends.end(),
                   [](const Trend& a, const Trend& b) { return a.metric.primary > b.metric.primary; });
  return trends;
}

}  // namespace klab
