// SPDX-License-Identifier: GPL-3.0-or-later
// What happens in a night.
#include <algorithm>
#include <map>

#include "store/night_rows.hpp"
#include "store/night_store.hpp"
#include "store/plan_rows.hpp"
#include "store/statement.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

// The ids of these cells; those that were never seen are added, under labels that nobody has.
std::vector<std::int64_t> find_or_add(SQLite::Database& db, const std::vector<Cell>& cells) {
  std::vector<std::int64_t> ids;
  if (cells.empty()) return ids;
  const auto sql = fmt::format("SELECT {} FROM cell WHERE matrix = ?", cell_columns);
  auto row = statement(db, sql.c_str(), cells.front().matrix);
  std::vector<Cell> known;
  while (row.executeStep()) known.push_back(read_cell(row));
  std::map<decltype(place_of(known.front())), std::int64_t> places;
  for (const auto& cell : known) places.emplace(place_of(cell), cell.id);
  auto next = db.execAndGet("SELECT coalesce(max(id), 0) FROM cell").getInt64();
  for (const auto& cell : cells) {
    const auto found = places.find(place_of(cell));
    if (found != places.end()) {
      ids.push_back(found->second);
      continue;
    }
    const auto id = ++next;
    execute(db,
            "INSERT INTO cell (id, matrix, label, tree, ref, series, kconfig, command_line, machine, workload)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            id, cell.matrix, fmt::format("\n{}", id), cell.tree, cell.ref, cell.series, cell.kconfig, cell.command_line,
            cell.machine, cell.workload);
    places.emplace(place_of(cell), id);
    ids.push_back(id);
  }
  return ids;
}

// A label says what varies, so it changes when the file gets one more tree, and may have been another cell's.
void set_labels(SQLite::Database& db, const std::vector<std::int64_t>& ids, const std::vector<Cell>& cells) {
  for (const auto id : ids) execute(db, "UPDATE cell SET label = ? WHERE id = ?", fmt::format("\n{}", id), id);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    execute(db, "UPDATE cell SET label = label || ' (cell ' || id || ')' WHERE matrix = ? AND label = ?", cells[i].matrix, cells[i].label);
    execute(db, "UPDATE cell SET label = ? WHERE id = ?", cells[i].label, ids[i]);
  }
}

// The night in which the cell last had what it wanted; 0: never.
std::int64_t last_night(SQLite::Database& db, std::int64_t cell) {
  auto row = statement(db, "SELECT coalesce(max(night), 0) FROM night_cell WHERE cell = ? AND state IN ('done', 'skipped')", cell);
  row.executeStep();
  return row.getColumn(0).getInt64();
}

}  // namespace

Result<std::int64_t> NightStore::begin(const Night& night, const std::vector<Cell>& cells) {
  auto& db = database_.connection();
  return database_.transaction("store the night", [&] {
    const auto id = insert(db,
                           "INSERT INTO night (matrix, date, origin, person, started, deadline, definition)"
                           " VALUES (?, ?, ?, ?, ?, ?, ?)",
                           night.matrix, night.date, origin_of(night), night.person, night.started, night.deadline, night.definition);
    auto ids = find_or_add(db, cells);
    set_labels(db, ids, cells);
    std::map<std::int64_t, std::int64_t> last;
    for (const auto cell : ids) last[cell] = last_night(db, cell);
    std::stable_sort(ids.begin(), ids.end(), [&](auto a, auto b) { return last[a] < last[b]; });
    int position = 0;
    for (const auto cell : ids)
      execute(db, "INSERT INTO night_cell (night, cell, position, state, kind) VALUES (?, ?, ?, 'waiting', 'comparison')", id, cell,
              ++position);
    return id;
  });
}

Result<void> NightStore::settle_command_lines(const std::string& line) {
  auto& db = database_.connection();
  return database_.transaction("store the command lines of older cells", [&] {
    // A workload's own words stand behind the line.
    execute(db,
            "UPDATE cell SET command_line = ?1, by_default = 0 WHERE by_default = 1 AND NOT EXISTS"
            "  (SELECT 1 FROM cell same WHERE same.matrix = cell.matrix AND same.command_line = ?1 AND same.by_default = 0"
            "    AND same.tree = cell.tree AND same.ref = cell.ref AND same.series = cell.series AND same.kconfig = cell.kconfig"
            "    AND same.machine = cell.machine AND same.workload = cell.workload)"
            " AND (?1 = '' OR substr(coalesce((SELECT arm.command_line FROM night_cell JOIN arm ON arm.experiment = night_cell.experiment"
            "    WHERE night_cell.cell = cell.id AND night_cell.state = 'done' AND arm.label = ?2 ORDER BY night DESC LIMIT 1), ?1) || ' ',"
            "  1, length(?1) + 1) = ?1 || ' ')",
            line, arm_tonight);
  });
}

Result<void> NightStore::set_tree(std::int64_t night, const NightTree& tree) {
  auto& db = database_.connection();
  return database_.transaction("store how fetching went", [&] {
    execute(db, "INSERT OR REPLACE INTO night_tree (night, tree, good, message) VALUES (?, ?, ?, ?)", night, tree.tree, tree.good,
            printable_lines(tree.message));
  });
}

Result<void> NightStore::update(const NightCell& cell) {
  auto& db = database_.connection();
  return database_.transaction("store the cell of the night", [&] {
    execute(db,
            "UPDATE night_cell SET state = ?, reason = ?, kind = ?, commit_id = ?, reference_commit = ?, inputs = ?, estimate = ?,"
            " last_good = ?, verdict = ?, fingerprint = ? WHERE id = ?",
            name(cell.state), printable(cell.reason), stored_kind(cell.kind), cell.commit, cell.reference_commit, cell.inputs,
            cell.estimate, cell.last_good, name(cell.verdict), cell.fingerprint, cell.id);
  });
}

Result<std::int64_t> NightStore::submit(const NightCell& cell, const ExperimentPlan& plan, double now) {
  auto& db = database_.connection();
  auto added = database_.transaction("store the experiment of the night", [&]() -> std::optional<std::int64_t> {
    auto free = statement(db, "SELECT 1 FROM night_cell WHERE id = ? AND state = 'waiting' AND experiment IS NULL", cell.id);
    if (!free.executeStep()) return std::nullopt;
    const auto id = insert_plan(db, plan, now);
    execute(db, "UPDATE night_cell SET state = 'running', experiment = ?, last_good = ?, inputs = ?, reason = ? WHERE id = ?", id,
            cell.last_good, cell.inputs, printable(cell.reason), cell.id);
    return id;
  });
  if (!added) return added.error();
  if (!*added) return lab_error("cannot submit cell {} of night {}: it has an experiment already", cell.id, cell.night);
  return **added;
}

Result<void> NightStore::finish(std::int64_t night, double now) {
  auto& db = database_.connection();
  return database_.transaction("store the end of the night",
                               [&] { execute(db, "UPDATE night SET finished = ? WHERE id = ? AND finished IS NULL", now, night); });
}

Result<void> NightStore::accept(std::int64_t cell, std::optional<std::int64_t> night_cell) {
  auto& db = database_.connection();
  return database_.transaction("store what was accepted", [&] {
    execute(db, "UPDATE cell SET accepted = ? WHERE id = ?", night_cell, cell);
    // Whoever takes it says that it can be built and booted.
    execute(db, "DELETE FROM given_up WHERE night_cell = ?", night_cell);
  });
}

Result<void> NightStore::give_up(std::int64_t good, const NightCell& tonight, bool again) {
  auto& db = database_.connection();
  return database_.transaction("store that nothing is compared with a night any more", [&] {
    // Read from its row: what the caller has of it is as it will be.
    execute(db, "INSERT OR REPLACE INTO given_up (night_cell, during, experiment)"
                " VALUES (?1, ?2, CASE WHEN ?3 THEN (SELECT experiment FROM night_cell WHERE id = ?2) END)", good, tonight.id, again ? 1 : 0);
    if (again)
      execute(db, "UPDATE night_cell SET state = 'waiting', experiment = NULL, last_good = NULL, reason = ? WHERE id = ?",
              printable(tonight.reason), tonight.id);
  });
}

Result<int> NightStore::given_up_during(std::int64_t night_cell) {
  auto& db = database_.connection();
  return database_.read("count what was given up", [&] {
    auto row = statement(db, "SELECT count(*) FROM given_up WHERE during = ?", night_cell);
    row.executeStep();
    return row.getColumn(0).getInt();
  });
}

Result<std::string> NightStore::fingerprint(std::int64_t experiment, const std::string& arm) {
  auto& db = database_.connection();
  return database_.read("read the host of the experiment", [&] {
    auto row = statement(db,
                         "SELECT digest FROM slot JOIN arm ON slot.arm = arm.id JOIN boot ON boot.slot = slot.id"
                         " JOIN fingerprint ON boot.fingerprint = fingerprint.id WHERE slot.experiment = ? AND arm.label = ?"
                         " AND outcome = 'ok' ORDER BY slot.position LIMIT 1",
                         experiment, arm);
    return row.executeStep() ? row.getColumn(0).getString() : std::string();
  });
}

}  // namespace klab
