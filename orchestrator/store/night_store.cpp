// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/night_store.hpp"

#include "store/night_rows.hpp"
#include "store/statement.hpp"

namespace klab {
namespace {

// All rows of a query whose columns `Read` knows; `sql` is what follows them.
template <class Read, class... Values>
auto read_all(SQLite::Database& db, const char* columns, const char* sql, Read read, const Values&... values) {
  std::vector<decltype(read(std::declval<SQLite::Statement&>()))> out;
  const auto whole = fmt::format("SELECT {} {}", columns, sql);
  auto row = statement(db, whole.c_str(), values...);
  while (row.executeStep()) out.push_back(read(row));
  return out;
}

template <class T>
std::optional<T> first(std::vector<T> all) {
  if (all.empty()) return std::nullopt;
  return std::move(all.front());
}

}  // namespace

Result<std::vector<std::string>> NightStore::matrices() {
  auto& db = database_.connection();
  return database_.read("list the matrices", [&] {
    return read_all(db, "DISTINCT matrix", "FROM night ORDER BY matrix", [](auto& row) { return row.getColumn(0).getString(); });
  });
}

Result<std::vector<Cell>> NightStore::cells(const std::string& matrix) {
  auto& db = database_.connection();
  return database_.read("list the cells of the matrix",
                        [&] { return read_all(db, cell_columns, "FROM cell WHERE matrix = ? ORDER BY id", read_cell, matrix); });
}

Result<Cell> NightStore::cell(std::int64_t id) {
  auto& db = database_.connection();
  auto found = database_.read("read the cell", [&] { return first(read_all(db, cell_columns, "FROM cell WHERE id = ?", read_cell, id)); });
  if (!found) return found.error();
  if (!*found) return input_error("cannot find cell {}; klab matrix list tells what there is", id);
  return std::move(**found);
}

Result<Night> NightStore::night(std::int64_t id) {
  auto& db = database_.connection();
  auto found = database_.read("read the night", [&] {
    auto night = first(read_all(db, night_columns, "FROM night WHERE id = ?", read_night, id));
    if (night) night->trees = read_night_trees(db, id);
    return night;
  });
  if (!found) return found.error();
  if (!*found) return input_error("cannot find night {}; klab matrix nights NAME lists them", id);
  return std::move(**found);
}

Result<std::vector<Night>> NightStore::nights(const std::string& matrix, int limit) {
  auto& db = database_.connection();
  return database_.read("list the nights", [&] {
    auto nights = read_all(db, night_columns, "FROM night WHERE matrix = ? ORDER BY id DESC LIMIT ?", read_night, matrix, limit);
    for (auto& night : nights) night.trees = read_night_trees(db, night.id);
    return nights;
  });
}

Result<std::vector<Night>> NightStore::nights_since(const std::string& matrix, std::int64_t first) {
  auto& db = database_.connection();
  return database_.read("list the nights", [&] {
    return read_all(db, night_columns, "FROM night WHERE matrix = ? AND id >= ? ORDER BY id", read_night, matrix, first);
  });
}

Result<std::vector<NightCell>> NightStore::night_cells(std::int64_t night) {
  auto& db = database_.connection();
  return database_.read("read the cells of the night", [&] {
    return read_all(db, night_cell_columns, "FROM night_cell WHERE night = ? ORDER BY position, id", read_night_cell, night);
  });
}

Result<std::vector<NightCell>> NightStore::history(std::int64_t cell, int limit) {
  auto& db = database_.connection();
  return database_.read("read the nights of the cell", [&] {
    return read_all(db, night_cell_columns, "FROM night_cell WHERE cell = ? ORDER BY night DESC LIMIT ?", read_night_cell, cell, limit);
  });
}

Result<std::optional<NightCell>> NightStore::of_experiment(std::int64_t experiment) {
  auto& db = database_.connection();
  return database_.read("look for the experiment's night", [&] {
    return first(read_all(db, night_cell_columns, "FROM night_cell WHERE experiment = ?1 OR id = (SELECT during FROM given_up WHERE experiment = ?1)", read_night_cell, experiment));
  });
}

Result<NightCell> NightStore::night_cell(std::int64_t id) {
  auto& db = database_.connection();
  auto found = database_.read("read the cell of a night", [&] {
    return first(read_all(db, night_cell_columns, "FROM night_cell WHERE id = ?", read_night_cell, id));
  });
  if (!found) return found.error();
  if (!*found) return input_error("cannot find cell {} of a night; klab matrix night ID lists them", id);
  return std::move(**found);
}

Result<std::vector<std::int64_t>> NightStore::unfinished() {
  auto& db = database_.connection();
  return database_.read("list the nights under way", [&] {
    return read_all(db, "id", "FROM night WHERE finished IS NULL ORDER BY id", [](auto& row) { return row.getColumn(0).getInt64(); });
  });
}

Result<std::optional<double>> NightStore::last_nightly(const std::string& matrix) {
  auto& db = database_.connection();
  return database_.read("look for the last night", [&] {
    return first(read_all(db, "started", "FROM night WHERE matrix = ? AND origin = 'nightly' ORDER BY id DESC LIMIT 1",
                          [](auto& row) { return row.getColumn(0).getDouble(); }, matrix));
  });
}

Result<std::optional<NightCell>> NightStore::last_good(std::int64_t cell, std::int64_t before) {
  auto& db = database_.connection();
  return database_.read("look for the last good night", [&] {
    return first(read_all(db, night_cell_columns,
                          "FROM night_cell JOIN cell ON night_cell.cell = cell.id WHERE cell.id = ?1 AND (?2 = 0 OR night < ?2)"
                          " AND night_cell.state = 'done' AND night_cell.kind = 'comparison'"
                          " AND (night_cell.verdict NOT IN ('failed', 'regressed', 'insufficient data') OR cell.accepted = night_cell.id)"
                          " AND NOT EXISTS (SELECT 1 FROM given_up WHERE given_up.night_cell = night_cell.id)"
                          " ORDER BY night DESC LIMIT 1",
                          read_night_cell, cell, before));
  });
}

Result<std::optional<NightCell>> NightStore::last_done(std::int64_t cell, std::int64_t before) {
  auto& db = database_.connection();
  return database_.read("look for the last night that was run", [&] {
    return first(read_all(db, night_cell_columns,
                          "FROM night_cell WHERE cell = ?1 AND (?2 = 0 OR night < ?2) AND state = 'done' ORDER BY night DESC LIMIT 1",
                          read_night_cell, cell, before));
  });
}

}  // namespace klab
