// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>

#include "model/comparison.hpp"

namespace klab {

double practical_threshold(const ComparisonRow& row, double delta) {
  const bool is_ratio = !row.effect || row.effect->is_ratio;
  const double asked = is_ratio ? delta : row.metric.min_change;
  return row.floor && row.floor->is_ratio == is_ratio ? std::max(asked, row.floor->size) : asked;
}

bool wants_confirmation(const ComparisonRow& row, double delta) {
  if (!row.metric.primary || !row.effect) return false;
  if (row.verdict == Verdict::suggestive) return true;
  const bool changed = row.verdict == Verdict::improved || row.verdict == Verdict::regressed;
  if (!changed && row.verdict != Verdict::significant_below_threshold) return false;
  const double size = std::abs(row.effect->estimate - (row.effect->is_ratio ? 1.0 : 0.0));
  const double threshold = practical_threshold(row, delta);
  if (std::abs(size - threshold) <= threshold / 4.0) return true;
  return changed && row.family_p && *row.family_p >= 0.02;
}

}  // namespace klab
