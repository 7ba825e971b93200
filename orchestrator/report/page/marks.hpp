// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

#include "model/comparison.hpp"
#include "model/night.hpp"
#include "model/outcome.hpp"

namespace klab::page {

// How a verdict looks: a class of the style sheet, which gives colour, and a character, which tells it to those who
// see no colour. The word always stands beside it or on it.
struct Mark {
  std::string_view tone;  // "improved", "regressed", "failed", "suggestive", "neutral", "absent"
  std::string_view glyph;
  std::string_view word;
};

Mark mark_of(Verdict verdict);
Mark mark_of(Outcome outcome);
// Of one night of a cell: its verdict, or why there is none.
Mark mark_of(const NightCell& cell);
Mark mark_of(CellVerdict verdict);

}  // namespace klab::page
