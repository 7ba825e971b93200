// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "model/comparison.hpp"

namespace klab {

// What a verdict is reached from; only for rows with enough data and an order that is not confounded.
struct Evidence {
  Effect effect;
  double row_p = 1.0;
  std::optional<double> family_p;  // primary rows only
  Better better = Better::higher;
  double threshold = 0.02;  // delta for a ratio, min_change for a difference
};

// The table of verdicts in STATISTICS.md, read from the top; the first line that holds wins.
Verdict verdict_of(const Evidence& evidence);

}  // namespace klab
