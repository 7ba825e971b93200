// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/night_rows.hpp"

#include "store/statement.hpp"

namespace klab {
namespace {

std::optional<std::int64_t> optional_id(const SQLite::Column& column) {
  return column.isNull() ? std::optional<std::int64_t>() : column.getInt64();
}
std::optional<double> optional_number(const SQLite::Column& column) {
  return column.isNull() ? std::optional<double>() : column.getDouble();
}

}  // namespace

Cell read_cell(SQLite::Statement& row) {
  Cell cell;
  cell.id = row.getColumn(0).getInt64();
  int at = 0;
  for (auto* text : {&cell.matrix, &cell.label, &cell.tree, &cell.ref, &cell.series, &cell.kconfig, &cell.command_line, &cell.machine,
                     &cell.workload})
    *text = row.getColumn(++at).getString();
  cell.accepted = optional_id(row.getColumn(10));
  cell.by_default = row.getColumn(11).getInt() != 0;
  return cell;
}

Night read_night(SQLite::Statement& row) {
  Night night;
  night.id = row.getColumn(0).getInt64();
  night.matrix = row.getColumn(1).getString();
  night.date = row.getColumn(2).getString();
  night.by_hand = row.getColumn(3).getString() == "by hand";
  night.person = row.getColumn(4).getString();
  night.started = row.getColumn(5).getDouble();
  night.finished = optional_number(row.getColumn(6));
  night.deadline = optional_number(row.getColumn(7));
  night.definition = row.getColumn(8).getString();
  return night;
}

NightCell read_night_cell(SQLite::Statement& row) {
  NightCell cell;
  cell.id = row.getColumn(0).getInt64();
  cell.night = row.getColumn(1).getInt64();
  cell.cell = row.getColumn(2).getInt64();
  cell.position = row.getColumn(3).getInt();
  cell.state = cell_state_from_name(row.getColumn(4).getString()).value_or(CellState::waiting);
  cell.reason = row.getColumn(5).getString();
  cell.kind = row.getColumn(6).getString() == "A/A" ? CellKind::aa : CellKind::comparison;
  cell.commit = row.getColumn(7).getString();
  cell.reference_commit = row.getColumn(8).getString();
  cell.inputs = row.getColumn(9).getString();
  cell.estimate = optional_number(row.getColumn(10));
  cell.experiment = optional_id(row.getColumn(11));
  cell.last_good = optional_id(row.getColumn(12));
  cell.verdict = cell_verdict_from_name(row.getColumn(13).getString()).value_or(CellVerdict::none);
  cell.fingerprint = row.getColumn(14).getString();
  return cell;
}

std::vector<NightTree> read_night_trees(SQLite::Database& db, std::int64_t night) {
  std::vector<NightTree> trees;
  auto row = statement(db, "SELECT tree, good, message FROM night_tree WHERE night = ? ORDER BY tree", night);
  while (row.executeStep()) trees.push_back({row.getColumn(0).getString(), row.getColumn(1).getInt() != 0, row.getColumn(2).getString()});
  return trees;
}

}  // namespace klab
