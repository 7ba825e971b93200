// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <vector>

#include "stats/labelling.hpp"

namespace klab {

// Least boots an arm must have in a row for the row to be judged.
inline constexpr int kLeastBoots = 3;

// One row of a family on the scale that is tested (logs, or raw values): a value per boot, those of
// the reference first, as many as LabellingSet::boots(). NaN where the boot lacks the row.
using FamilyRow = std::vector<double>;

struct FamilyTest {
  std::vector<double> p;  // step-down p-value per row, in the order given
  // Least |pooled t| whose p-value over the whole family would be <= 0.05; nothing where the set is
  // too small or the family too tied for any.
  std::optional<double> least_significant_t;
};

// Westfall-Young step-down maxT over joint labellings: every labelling is applied to all rows at once,
// because rows share boots. The statistic is |pooled t|; infinite where the pooled variance is 0 and
// the means differ, 0 where nothing differs. A row with missing boots is labelled within those it
// has; it counts as 0 under labellings that leave an arm with fewer than kLeastBoots. Both arms not
// empty. Westfall & Young, Resampling-Based Multiple Testing (1993), algorithm 2.8.
FamilyTest family_test(const std::vector<FamilyRow>& rows, const LabellingSet& set);

}  // namespace klab
