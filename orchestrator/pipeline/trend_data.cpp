// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/trend_data.hpp"

#include <algorithm>
#include <set>

namespace klab {
namespace {

// What all rows of a cell share.
struct CellData {
  std::vector<ChangePoint> changes;
  std::map<RowKey, NoiseFloor> floors;
  std::map<std::string, HostFacts> facts;  // by fingerprint
  std::map<std::int64_t, std::shared_ptr<const Ruler>> rulers;  // by night_cell
};

Result<CellData> read_cell(Lab& lab, const Cell& cell, int limit) {
  CellData data;
  auto changes = lab.trends.change_points(cell.id);
  if (!changes) return changes.error();
  data.changes = std::move(*changes);
  auto machine = lab.trends.machine(cell.id);
  if (!machine) return machine.error();
  auto floors = lab.trends.floors(*machine);
  if (!floors) return floors.error();
  data.floors = std::move(*floors);
  auto rulers = lab.trends.rulers(cell.id, limit);
  if (!rulers) return rulers.error();
  data.rulers = std::move(*rulers);
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
  for (auto& point : trend.points)
    if (const auto ruler = data.rulers.find(point.night_cell); ruler != data.rulers.end()) point.ruler = ruler->second;
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

Result<Trend> read_trend(Lab& lab, const Cell& cell, const RowKey& row, int limit) {
  auto data = read_cell(lab, cell, limit);
  if (!data) return data.error();
  return read_row(lab, cell, row, limit, *data);
}

Result<std::vector<Trend>> read_trends(Lab& lab, const Cell& cell, int limit) {
  auto data = read_cell(lab, cell, limit);
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
