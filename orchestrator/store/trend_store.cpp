// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/trend_store.hpp"

#include <algorithm>

#include "store/investigation_rows.hpp"
#include "store/plan_rows.hpp"
#include "store/statement.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

// Why a night has no point.
std::string why_missing(CellState state, const std::string& reason, bool aa, const std::string& outcome) {
  if (state == CellState::done && aa) return "A/A run: nothing had changed";
  if (state == CellState::done) return outcome.empty() || outcome == "ok" ? "no result of this row" : outcome;
  return reason.empty() ? std::string(name(state)) : fmt::format("{}: {}", name(state), reason);
}

TrendPoint read_point(SQLite::Statement& row) {
  TrendPoint point;
  point.night = row.getColumn(0).getInt64();
  point.night_cell = row.getColumn(1).getInt64();
  point.date = row.getColumn(2).getString();
  if (!row.isColumnNull(3)) point.experiment = row.getColumn(3).getInt64();
  point.commit = row.getColumn(4).getString();
  point.fingerprint = row.getColumn(5).getString();
  point.reference_commit = row.getColumn(16).getString();
  if (row.isColumnNull(10)) {
    point.missing = why_missing(cell_state_from_name(row.getColumn(6).getString()).value_or(CellState::waiting),
                                row.getColumn(7).getString(), row.getColumn(8).getString() == "A/A", row.getColumn(9).getString());
    return point;
  }
  auto& value = point.value.emplace();
  value.is_ratio = row.getColumn(10).getInt() != 0;
  value.estimate = row.getColumn(11).getDouble();
  value.low = row.getColumn(12).getDouble();
  value.high = row.getColumn(13).getDouble();
  if (!row.isColumnNull(14)) value.change = row.getColumn(14).getDouble();
  value.verdict = verdict_from_name(row.getColumn(15).getString());
  return point;
}

}  // namespace

Result<std::vector<RowKey>> TrendStore::rows(std::int64_t cell) {
  auto& db = database_.connection();
  return database_.read("list the rows of the trend", [&] {
    std::vector<RowKey> rows;
    auto row = statement(db,
                         "SELECT DISTINCT workload, case_name, metric FROM trend_point WHERE night_cell IN"
                         " (SELECT id FROM night_cell WHERE cell = ?) ORDER BY workload, case_name, metric",
                         cell);
    while (row.executeStep())
      rows.push_back({row.getColumn(0).getString(), row.getColumn(1).getString(), row.getColumn(2).getString()});
    return rows;
  });
}

Result<std::vector<TrendPoint>> TrendStore::points(std::int64_t cell, const RowKey& key, int limit) {
  auto& db = database_.connection();
  return database_.read("read the trend", [&] {
    std::vector<TrendPoint> points;
    auto row = statement(db,
                         "SELECT c.night, c.id, n.date, c.experiment, c.commit_id, c.fingerprint, c.state, c.reason, c.kind,"
                         " coalesce(e.outcome, ''), p.is_ratio, p.estimate, p.low, p.high, p.change, p.verdict, c.reference_commit"
                         " FROM night_cell c JOIN night n ON n.id = c.night LEFT JOIN experiment e ON e.id = c.experiment"
                         " LEFT JOIN trend_point p ON p.night_cell = c.id AND p.workload = ? AND p.case_name = ? AND p.metric = ?"
                         " WHERE c.cell = ? ORDER BY c.night DESC LIMIT ?",
                         key.workload, key.case_name, key.metric, cell, limit);
    while (row.executeStep()) points.push_back(read_point(row));
    std::reverse(points.begin(), points.end());
    return points;
  });
}

Result<std::vector<ChangePoint>> TrendStore::change_points(std::int64_t cell) {
  auto& db = database_.connection();
  return database_.read("read the change points", [&] {
    std::vector<ChangePoint> changes;
    auto row = statement(db,
                         "SELECT workload, case_name, metric, night_cell, p, magnitude, investigation, is_ratio FROM change_point"
                         " WHERE cell = ? ORDER BY workload, case_name, metric, night_cell",
                         cell);
    while (row.executeStep()) {
      ChangePoint change;
      change.row = {row.getColumn(0).getString(), row.getColumn(1).getString(), row.getColumn(2).getString()};
      change.night_cell = row.getColumn(3).getInt64();
      change.p = row.getColumn(4).getDouble();
      change.magnitude = row.getColumn(5).getDouble();
      if (!row.isColumnNull(6)) change.investigation = row.getColumn(6).getInt64();
      change.is_ratio = row.getColumn(7).getInt() != 0;
      changes.push_back(std::move(change));
    }
    return changes;
  });
}

Result<Metric> TrendStore::metric(std::int64_t cell, const RowKey& key) {
  auto& db = database_.connection();
  return database_.read("read the metric of the trend", [&] {
    Metric metric;
    metric.name = key.metric;
    auto row = statement(db,
                         "SELECT unit, better, is_primary, min_change FROM metric JOIN night_cell c ON c.experiment = metric.experiment"
                         " WHERE c.cell = ? AND metric.workload = ? AND metric.name = ? ORDER BY c.night DESC LIMIT 1",
                         cell, key.workload, key.metric);
    if (!row.executeStep()) return metric;
    metric.unit = row.getColumn(0).getString();
    metric.better = better_from_name(row.getColumn(1).getString()).value_or(Better::higher);
    metric.primary = row.getColumn(2).getInt() != 0;
    metric.min_change = row.getColumn(3).getDouble();
    return metric;
  });
}

Result<std::string> TrendStore::machine(std::int64_t cell) {
  auto& db = database_.connection();
  return database_.read("read the machine of the cell", [&] {
    auto row = statement(db, "SELECT arm.machine FROM night_cell c JOIN arm ON arm.experiment = c.experiment WHERE c.cell = ?"
                             " ORDER BY c.night DESC, arm.position LIMIT 1", cell);
    return row.executeStep() ? row.getColumn(0).getString() : std::string();
  });
}

Result<std::map<std::string, std::string>> TrendStore::host_facts(const std::string& fingerprint) {
  auto& db = database_.connection();
  return database_.read("read the facts of the host", [&] {
    std::map<std::string, std::string> facts;
    auto row = statement(db, "SELECT facts FROM fingerprint WHERE digest = ?", fingerprint);
    if (!row.executeStep()) return facts;
    for (const auto& line : split_lines(row.getColumn(0).getString()))
      if (const auto colon = line.find(": "); colon != std::string::npos) facts[line.substr(0, colon)] = line.substr(colon + 2);
    return facts;
  });
}

Result<std::vector<std::int64_t>> TrendStore::ids(std::string_view verb, const char* sql) {
  auto& db = database_.connection();
  return database_.read(verb, [&] {
    std::vector<std::int64_t> ids;
    auto row = statement(db, sql);
    while (row.executeStep()) ids.push_back(row.getColumn(0).getInt64());
    return ids;
  });
}

Result<std::vector<std::int64_t>> TrendStore::without_points() {
  return ids("list the nights without points", "SELECT id FROM night_cell WHERE state = 'done' AND derived = 0 ORDER BY id");
}

Result<void> TrendStore::set_points(std::int64_t night_cell, const std::vector<std::pair<RowKey, TrendValue>>& points) {
  auto& db = database_.connection();
  return database_.transaction("store the points of the night", [&] {
    execute(db, "DELETE FROM trend_point WHERE night_cell = ?", night_cell);
    for (const auto& [row, value] : points)
      execute(db,
              "INSERT INTO trend_point (night_cell, workload, case_name, metric, is_ratio, estimate, low, high, change, verdict)"
              " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
              night_cell, row.workload, row.case_name, row.metric, value.is_ratio, value.estimate, value.low, value.high,
              value.change, value.verdict ? name(*value.verdict) : std::string_view());
    execute(db, "UPDATE night_cell SET derived = 1 WHERE id = ?", night_cell);
  });
}

Result<std::vector<std::int64_t>> TrendStore::unanalysed() {
  return ids("list the nights to analyse",
             "SELECT id FROM night WHERE finished IS NOT NULL AND analysed = 0 AND NOT EXISTS"
             " (SELECT 1 FROM night_cell WHERE night = night.id AND state = 'done' AND derived = 0) ORDER BY id");
}

Result<void> TrendStore::set_changes(const CellAnalysis& analysis) {
  auto& db = database_.connection();
  return database_.transaction("store what the night has brought", [&] {
    std::vector<std::int64_t> fresh;
    for (const auto& investigation : analysis.fresh) fresh.push_back(insert_investigation(db, investigation));
    execute(db, "DELETE FROM change_point WHERE cell = ?", analysis.cell);
    for (std::size_t i = 0; i < analysis.changes.size(); ++i) {
      const auto& change = analysis.changes[i];
      auto link = change.investigation;
      if (i < analysis.fresh_of.size() && analysis.fresh_of[i]) link = fresh.at(*analysis.fresh_of[i]);
      execute(db,
              "INSERT INTO change_point (cell, workload, case_name, metric, night_cell, p, magnitude, investigation, is_ratio)"
              " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
              analysis.cell, change.row.workload, change.row.case_name, change.row.metric, change.night_cell, change.p,
              change.magnitude, link, change.is_ratio);
    }
  });
}

Result<void> TrendStore::set_analysed(std::int64_t night) {
  auto& db = database_.connection();
  return database_.transaction("store that the night is analysed", [&] { execute(db, "UPDATE night SET analysed = 1 WHERE id = ?", night); });
}

}  // namespace klab
