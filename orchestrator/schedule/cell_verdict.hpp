// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "model/comparison.hpp"
#include "model/night.hpp"

namespace klab {

struct CellJudgement {
  CellVerdict verdict = CellVerdict::none;
  std::string reason;  // the row that shows it best; may be empty
};

// All primary rows of one contrast in one word, the worst that is true of any: failed before regressed before
// improved before suggestive; "no change" only where it holds for every row that could be compared.
CellJudgement judge(const Comparison& comparison);
// Tonight's kernel gave no results, or failed more often than the one it is compared with.
bool tonight_failed(const Comparison& comparison);

}  // namespace klab
