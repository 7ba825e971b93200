// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <utility>
#include <vector>

#include "model/trend.hpp"
#include "pipeline/lab.hpp"

namespace klab {

// The comparison of the arms with these labels, and its row; null where there is none.
const Comparison* find_comparison(const Report& report, std::string_view reference, std::string_view patched);
const ComparisonRow* find_row(const Comparison& comparison, const RowKey& row);

// What a night's finished experiment adds to the trends of its cell: of every row that was measured on both sides,
// tonight against the pinned reference, and against last good where there is one. Nothing of an A/A run.
using NightPoints = std::vector<std::pair<RowKey, TrendValue>>;
Result<NightPoints> night_points(Lab& lab, const NightCell& cell);

}  // namespace klab
