// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include "model/night.hpp"

namespace klab {

// Rows as structs, from statements that begin with these columns. All throw SQLite::Exception.

inline constexpr const char* cell_columns =
    "cell.id, cell.matrix, cell.label, cell.tree, cell.ref, cell.series, cell.kconfig, cell.command_line, cell.machine,"
    " cell.workload, cell.accepted, cell.by_default";
inline constexpr const char* night_columns =
    "night.id, night.matrix, night.date, night.origin, night.person, night.started, night.finished, night.deadline,"
    " night.definition";
inline constexpr const char* night_cell_columns =
    "night_cell.id, night_cell.night, night_cell.cell, night_cell.position, night_cell.state, night_cell.reason,"
    " night_cell.kind, night_cell.commit_id, night_cell.reference_commit, night_cell.inputs, night_cell.estimate,"
    " night_cell.experiment, night_cell.last_good, night_cell.verdict, night_cell.fingerprint";

Cell read_cell(SQLite::Statement& row);
Night read_night(SQLite::Statement& row);  // without trees
NightCell read_night_cell(SQLite::Statement& row);
std::vector<NightTree> read_night_trees(SQLite::Database& db, std::int64_t night);

inline std::string_view origin_of(const Night& night) { return night.by_hand ? "by hand" : "nightly"; }
inline std::string_view stored_kind(CellKind kind) { return kind == CellKind::aa ? "A/A" : "comparison"; }

}  // namespace klab
