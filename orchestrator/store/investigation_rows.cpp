// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/investigation_rows.hpp"

#include "store/plan_rows.hpp"
#include "store/statement.hpp"
#include "store/trend_store.hpp"

namespace klab {
namespace {

constexpr const char* columns =
    "SELECT id, cell, last_good, first_bad, workload, case_name, metric, source, p, magnitude, found, state, result,"
    " culprit, conclusion, finished, is_ratio FROM investigation ";

Investigation read_investigation(SQLite::Database& db, SQLite::Statement& row) {
  Investigation out;
  out.id = row.getColumn(0).getInt64();
  out.cell = row.getColumn(1).getInt64();
  out.last_good = row.getColumn(2).getInt64();
  out.first_bad = row.getColumn(3).getInt64();
  out.row = {row.getColumn(4).getString(), row.getColumn(5).getString(), row.getColumn(6).getString()};
  out.source = row.getColumn(7).getString();
  if (!row.isColumnNull(8)) out.p = row.getColumn(8).getDouble();
  out.magnitude = row.getColumn(9).getDouble();
  out.found = row.getColumn(10).getDouble();
  out.state = investigation_state_from_name(row.getColumn(11).getString()).value_or(InvestigationState::waiting);
  out.result = row.getColumn(12).getString();
  out.culprit = row.getColumn(13).getString();
  out.conclusion = row.getColumn(14).getString();
  if (!row.isColumnNull(15)) out.finished = row.getColumn(15).getDouble();
  out.is_ratio = row.getColumn(16).getInt() != 0;
  auto steps = statement(db, "SELECT kind, commit_id, experiment, mark, text FROM investigation_step WHERE investigation = ?"
                             " ORDER BY position", out.id);
  while (steps.executeStep()) {
    auto& step = out.steps.emplace_back();
    step.bisect = steps.getColumn(0).getString() == "bisect";
    step.commit = steps.getColumn(1).getString();
    if (!steps.isColumnNull(2)) step.experiment = steps.getColumn(2).getInt64();
    step.mark = steps.getColumn(3).getString();
    step.text = steps.getColumn(4).getString();
  }
  return out;
}

void insert_step(SQLite::Database& db, std::int64_t investigation, const InvestigationStep& step) {
  execute(db,
          "INSERT INTO investigation_step (investigation, position, kind, commit_id, experiment, mark, text) VALUES"
          " (?1, (SELECT count(*) FROM investigation_step WHERE investigation = ?1), ?2, ?3, ?4, ?5, ?6)",
          investigation, std::string_view(step.bisect ? "bisect" : "confirm"), step.commit, step.experiment, step.mark, step.text);
}

}  // namespace

std::int64_t insert_investigation(SQLite::Database& db, const Investigation& from) {
  return insert(db,
                "INSERT INTO investigation (cell, last_good, first_bad, workload, case_name, metric, source, p, magnitude, found,"
                " is_ratio, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting')",
                from.cell, from.last_good, from.first_bad, from.row.workload, from.row.case_name, from.row.metric, from.source,
                from.p, from.magnitude, from.found, from.is_ratio);
}

Result<std::vector<Investigation>> TrendStore::investigations(int limit) {
  auto& db = database_.connection();
  return database_.read("list the investigations", [&] {
    std::vector<Investigation> out;
    auto row = statement(db, (std::string(columns) + "ORDER BY id DESC LIMIT ?").c_str(), limit);
    while (row.executeStep()) out.push_back(read_investigation(db, row));
    return out;
  });
}

Result<std::vector<Investigation>> TrendStore::investigations_of(std::int64_t cell) {
  auto& db = database_.connection();
  return database_.read("list the investigations of the cell", [&] {
    std::vector<Investigation> out;
    auto row = statement(db, (std::string(columns) + "WHERE cell = ? ORDER BY id DESC").c_str(), cell);
    while (row.executeStep()) out.push_back(read_investigation(db, row));
    return out;
  });
}

Result<Investigation> TrendStore::investigation(std::int64_t id) {
  auto& db = database_.connection();
  auto found = database_.read("read the investigation", [&] {
    std::optional<Investigation> out;
    auto row = statement(db, (std::string(columns) + "WHERE id = ?").c_str(), id);
    if (row.executeStep()) out = read_investigation(db, row);
    return out;
  });
  if (!found) return found.error();
  if (!*found) return input_error("cannot find investigation {}; klab investigations lists them", id);
  return std::move(**found);
}

Result<std::int64_t> TrendStore::add_investigation(const Investigation& investigation) {
  auto& db = database_.connection();
  return database_.transaction("store the investigation", [&] { return insert_investigation(db, investigation); });
}

Result<std::vector<std::int64_t>> TrendStore::open_investigations() {
  return ids("list the open investigations", "SELECT id FROM investigation WHERE state <> 'ended' ORDER BY id");
}

Result<std::int64_t> TrendStore::begin_step(std::int64_t investigation, InvestigationState state, const InvestigationStep& given,
                                            const ExperimentPlan& plan, double now) {
  auto& db = database_.connection();
  return database_.transaction("store the step of the investigation", [&] {
    auto step = given;
    step.experiment = insert_plan(db, plan, now);
    insert_step(db, investigation, step);
    execute(db, "UPDATE investigation SET state = ? WHERE id = ? AND state <> 'ended'", name(state), investigation);
    return *step.experiment;
  });
}

Result<void> TrendStore::add_step(std::int64_t investigation, const InvestigationStep& step) {
  auto& db = database_.connection();
  return database_.transaction("store the step of the investigation", [&] { insert_step(db, investigation, step); });
}

Result<void> TrendStore::mark_step(std::int64_t experiment, const std::string& mark, const std::string& text) {
  auto& db = database_.connection();
  return database_.transaction("store the mark of the step", [&] {
    execute(db, "UPDATE investigation_step SET mark = ?, text = ? WHERE experiment = ?", mark, text, experiment);
  });
}

Result<void> TrendStore::end_investigation(std::int64_t investigation, const std::string& result, const std::string& culprit,
                                           const std::string& conclusion, double now) {
  auto& db = database_.connection();
  return database_.transaction("store the end of the investigation", [&] {
    execute(db,
            "UPDATE investigation SET state = 'ended', result = ?, culprit = ?, conclusion = ?, finished = ?"
            " WHERE id = ? AND state <> 'ended'",
            result, culprit, conclusion, now, investigation);
  });
}

Result<void> TrendStore::set_lead(std::int64_t investigation, const RowKey& row, bool is_ratio, double magnitude) {
  auto& db = database_.connection();
  return database_.transaction("store the row of the investigation", [&] {
    execute(db, "UPDATE investigation SET workload = ?, case_name = ?, metric = ?, is_ratio = ?, magnitude = ? WHERE id = ?",
            row.workload, row.case_name, row.metric, is_ratio, magnitude, investigation);
  });
}

}  // namespace klab
