// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/comparison.hpp"
#include "util/result.hpp"

namespace klab {

struct ImportedComparison {
  std::vector<ContrastData> contrasts;  // every other arm of the file against the reference
  std::vector<std::string> notes;       // one sentence each: what was assumed or left aside
};

// Measurements that somebody else made: a CSV file (RFC 4180 quoting; LF or CRLF; a byte order mark
// is skipped) whose first line names its columns, in any order and case.
//   arm, boot, metric, value   required. A boot is known by its arm and its name.
//   slot                       the boot's place in the order, from 1; empty or absent: not known
//   workload, case, unit       default empty
//   better                     higher (default) or lower
//   primary                    yes (default) or no: whether the row belongs to the family
//   min_change                 a number, default 0
// Other columns are left aside with a note. One line per boot and row; several lines are iterations
// within the boot and are summarised by their median. nan and inf are read, and are left out of that
// median; where a boot has nothing else, compare() excludes and counts it.
//
// The reference is `reference_arm`, else the first arm of the file. The order is balanced when the
// file has two arms whose slots are 1..n+m and could have been drawn so, else unknown.
// Errors (kind input) name file, line, column and remedy. `file_name` is only for messages.
Result<ImportedComparison> import_csv(std::string_view text, std::string_view file_name,
                                      std::optional<std::string> reference_arm, double delta);

}  // namespace klab
