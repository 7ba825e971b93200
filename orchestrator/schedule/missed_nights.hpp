// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "model/matrix.hpp"
#include "model/trend.hpp"
#include "pipeline/lab.hpp"

namespace klab {

// A gap that no row of the cell tells of, and the night (its number) behind which it stands.
struct MissedNights {
  std::int64_t after = 0;
  TrendPoint gap;
};

// The matrix file as it is now.
struct FileNow {
  double now = 0.0;
  std::optional<NightlySchedule> nightly;  // none: it cannot be read
};

// Starts that were due and that nobody made, because klabd was down or the file could not be read, and nights in which
// the cell was not; oldest first, each run as one gap. `nights`: those of the matrix, oldest first, without holes;
// `of_cell`: those of them that the cell was in. What was due between two nights is what the definition of the first
// says, on days that are days of the second's too: when the file was changed is not known. A night by hand is one
// more, not one of those. `file`: of starts behind the newest night, those that can no longer be made up for; none: a
// matrix or a cell that is no more.
std::vector<MissedNights> missed_nights(const std::vector<Night>& nights, const std::set<std::int64_t>& of_cell,
                                        const std::optional<FileNow>& file);

// Points and segments move; nothing is computed anew.
void insert_gaps(Trend& trend, const std::vector<MissedNights>& missed);

// read_trend() and read_trends() for people. What analyses trends goes by the nights that there were.
Result<Trend> shown_trend(Lab& lab, const Cell& cell, const RowKey& row, int limit = 365);
Result<std::vector<Trend>> shown_trends(Lab& lab, const Cell& cell, int limit = 365);

}  // namespace klab
