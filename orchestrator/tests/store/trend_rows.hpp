// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "store/database.hpp"
#include "store/statement.hpp"

namespace klab::test {

// Nights as rows, where no matrix has made them.
inline std::int64_t add_cell(Database& database, const std::string& matrix, const std::string& label) {
  return insert(database.connection(),
                "INSERT INTO cell (matrix, label, tree, ref, series, kconfig, command_line, machine, workload)"
                " VALUES (?, ?, 'tree', 'main', '', 'lab', '', 'vm', 'tiny')",
                matrix, label);
}

inline std::int64_t add_night(Database& database, const std::string& matrix, const std::string& date, double started) {
  return insert(database.connection(),
                "INSERT INTO night (matrix, date, origin, person, started, definition) VALUES (?, ?, 'nightly', 'klabd', ?, '')",
                matrix, date, started);
}

inline void finish_night(Database& database, std::int64_t night, double when) {
  execute(database.connection(), "UPDATE night SET finished = ? WHERE id = ?", when, night);
}

inline std::int64_t add_night_cell(Database& database, std::int64_t night, std::int64_t cell, const std::string& state,
                                   const std::string& fingerprint = "f1", const std::string& reason = {}) {
  return insert(database.connection(),
                "INSERT INTO night_cell (night, cell, position, state, reason, kind, commit_id, fingerprint)"
                " VALUES (?, ?, 1, ?, ?, 'comparison', ?, ?)",
                night, cell, state, reason, fmt::format("c{}", night), fingerprint);
}

}  // namespace klab::test
