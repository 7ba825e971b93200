// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/comparison.hpp"
#include "stats/design.hpp"

namespace klab {

// The values of one row that can be computed with, and what had to be left out.
struct RowValues {
  std::vector<int> boots;      // numbers as in Design, ascending
  std::vector<double> values;  // one per boot
  int reference = 0;           // how many of them are the reference's
  int patched = 0;
  bool is_ratio = true;  // all values > 0: logs; else raw values throughout
  std::string note;      // what is missing or excluded; empty when nothing is

  std::span<const double> reference_values() const {
    return {values.data(), static_cast<std::size_t>(reference)};
  }
  std::span<const double> patched_values() const {
    return {values.data() + reference, static_cast<std::size_t>(patched)};
  }
  // The row on the scale that is tested, a value per boot of the design; NaN where there is none.
  std::vector<double> tested(int boots_of_design) const;
};

// Leaves out values that are missing, not finite, or of a magnitude (not 0, beyond 1e-150 .. 1e150)
// whose ratios and squares would not be finite.
RowValues usable_values(const RowData& row, const Design& design);

// Fills medians, coefficients of variation, and the flags of far boots of `out`.
void describe_arms(const RowValues& row, const ContrastData& data, ComparisonRow& out);

}  // namespace klab
