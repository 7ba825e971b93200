// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/build_store.hpp"

#include "store/packed_text.hpp"
#include "store/statement.hpp"

namespace klab {

Result<std::int64_t> BuildStore::start(double now) {
  auto& db = database_.connection();
  return database_.transaction("store the build's start",
                               [&] { return insert(db, "INSERT INTO build (key, started) VALUES ('', ?)", now); });
}

Result<void> BuildStore::finish(const BuildRecord& record) {
  auto& db = database_.connection();
  return database_.transaction("store the build", [&] {
    std::optional<std::string_view> outcome;
    if (record.outcome) outcome = name(*record.outcome);
    execute(db,
            "UPDATE build SET key = ?, outcome = ?, message = ?, tail = ?, log_text = ?, kernel = ?, kernel_sha256 = ?,"
            " release = ?, compiler = ?, config_text = ?, from_cache = ?, finished = ? WHERE id = ?",
            record.key, outcome, record.message, record.tail, store_text(db, record.log, "build log"), record.kernel,
            record.kernel_sha256, record.release, record.compiler, store_text_once(db, record.config), record.from_cache,
            record.finished, record.id);
  });
}

Result<BuildRecord> BuildStore::get(std::int64_t id) {
  auto& db = database_.connection();
  auto found = database_.read("read the build", [&] {
    std::optional<BuildRecord> found;
    auto row = statement(db,
                         "SELECT key, outcome, message, tail, log, kernel, kernel_sha256, release, compiler, config,"
                         " from_cache, started, finished, log_text, config_text FROM build WHERE id = ?",
                         id);
    if (!row.executeStep()) return found;
    auto& record = found.emplace();
    record.id = id;
    record.key = row.getColumn(0).getString();
    if (!row.isColumnNull(1)) record.outcome = outcome_from_name(row.getColumn(1).getString());
    record.message = row.getColumn(2).getString();
    record.tail = row.getColumn(3).getString();
    record.log = read_text(db, row.getColumn(4), row.getColumn(13));
    record.kernel = row.getColumn(5).getString();
    record.kernel_sha256 = row.getColumn(6).getString();
    record.release = row.getColumn(7).getString();
    record.compiler = row.getColumn(8).getString();
    record.config = read_text(db, row.getColumn(9), row.getColumn(14));
    record.from_cache = row.getColumn(10).getInt() != 0;
    record.started = row.getColumn(11).getDouble();
    if (!row.isColumnNull(12)) record.finished = row.getColumn(12).getDouble();
    return found;
  });
  if (!found) return found.error();
  if (!*found) return input_error("cannot find build {}; klab show EXPERIMENT names its builds", id);
  return std::move(**found);
}

Result<std::vector<BuildUser>> BuildStore::users(std::int64_t id, int limit) {
  auto& db = database_.connection();
  return database_.read("read the build's users", [&] {
    std::vector<BuildUser> users;
    auto row = statement(db,
                         "SELECT experiment, experiment.title, label FROM arm JOIN experiment ON experiment.id = arm.experiment"
                         " WHERE build = ? ORDER BY arm.id DESC LIMIT ?",
                         id, limit);
    while (row.executeStep()) users.push_back({row.getColumn(0).getInt64(), row.getColumn(1).getString(), row.getColumn(2).getString()});
    return users;
  });
}

Result<int> BuildStore::mark_interrupted(double now) {
  auto& db = database_.connection();
  return database_.transaction("store the interruption", [&] {
    execute(db, "UPDATE build SET outcome = 'interrupted', finished = ? WHERE outcome IS NULL", now);
    return db.getChanges();
  });
}

}  // namespace klab
