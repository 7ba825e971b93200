// SPDX-License-Identifier: GPL-3.0-or-later
// What history says of how long a cell will take. Every question reads a few experiments, however many there are.
#include "store/night_store.hpp"
#include "store/statement.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

// Experiments that tell it, as queries.
constexpr const char* of_cell = "SELECT experiment FROM night_cell WHERE cell = ?1 AND state = 'done' AND experiment IS NOT NULL"
                                " ORDER BY night DESC LIMIT 5";

// The newest night of each of a few cells; not the newest nights of all, which would be sorted to be found.
std::string of_cells(const char* where) {
  return fmt::format("SELECT (SELECT experiment FROM night_cell WHERE night_cell.cell = cell.id AND state = 'done' AND experiment IS NOT NULL"
                     " ORDER BY night DESC LIMIT 1) AS newest FROM cell WHERE {} ORDER BY newest DESC LIMIT 5",
                     where);
}

std::string boots_of(std::string_view experiments) {
  return fmt::format("SELECT avg(boot.finished - boot.started) FROM slot JOIN boot ON boot.slot = slot.id"
                     " WHERE NOT slot.profile AND boot.outcome = 'ok' AND slot.experiment IN ({})",
                     experiments);
}

// Of tonight's kernels alone: the others have been built before.
std::string builds_of(std::string_view experiments) {
  return fmt::format("SELECT avg(build.finished - build.started) FROM arm JOIN build ON arm.build = build.id"
                     " WHERE arm.label = '{}' AND build.outcome = 'ok' AND NOT build.from_cache AND arm.experiment IN ({})",
                     arm_tonight, experiments);
}

// Where no night tells it: experiments of all kinds, the newest of them.
constexpr const char* boots_of_anybody =
    "SELECT avg(boot.finished - boot.started) FROM boot JOIN slot ON boot.slot = slot.id JOIN arm ON slot.arm = arm.id"
    " WHERE NOT slot.profile AND boot.outcome = 'ok' AND (arm.machine = ?1 OR arm.machine_request = ?1)"
    " AND slot.experiment IN (SELECT id FROM (SELECT id FROM experiment ORDER BY id DESC LIMIT 300)"
    "  WHERE (SELECT group_concat(request, ' ') FROM (SELECT request FROM workload WHERE workload.experiment = id"
    "   ORDER BY position)) = ?2)";
constexpr const char* builds_of_anybody =
    "SELECT avg(seconds) FROM (SELECT build.finished - build.started AS seconds FROM"
    "  (SELECT tree, build FROM arm WHERE build IS NOT NULL ORDER BY id DESC LIMIT 500) arm"
    "  JOIN build ON arm.build = build.id WHERE arm.tree = ? AND outcome = 'ok' AND NOT from_cache LIMIT 20)";

std::optional<double> mean_of(SQLite::Database& db, const std::string& sql, const auto&... values) {
  auto row = statement(db, sql.c_str(), values...);
  if (!row.executeStep() || row.isColumnNull(0)) return std::nullopt;
  return row.getColumn(0).getDouble();
}

}  // namespace

Result<CellSeconds> NightStore::seconds_of(std::int64_t cell) {
  auto& db = database_.connection();
  return database_.read("read how long the cell took",
                        [&] { return CellSeconds{mean_of(db, boots_of(of_cell), cell), mean_of(db, builds_of(of_cell), cell)}; });
}

Result<CellSeconds> NightStore::seconds_like(const Cell& cell) {
  auto& db = database_.connection();
  return database_.read("read how long cells took", [&] {
    CellSeconds seconds;
    auto& [boot, build] = seconds;
    boot = mean_of(db, boots_of(of_cells("machine = ? AND workload = ? AND kconfig = ?")), cell.machine, cell.workload, cell.kconfig);
    if (!boot) boot = mean_of(db, boots_of(of_cells("machine = ? AND workload = ?")), cell.machine, cell.workload);
    if (!boot) boot = mean_of(db, boots_of_anybody, cell.machine, cell.workload);
    build = mean_of(db, builds_of(of_cells("tree = ? AND kconfig = ?")), cell.tree, cell.kconfig);
    if (!build) build = mean_of(db, builds_of_anybody, cell.tree);
    return seconds;
  });
}

}  // namespace klab
