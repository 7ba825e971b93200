// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/verdict.hpp"

#include <cmath>

namespace klab {
namespace {

constexpr double kLevel = 0.05;
// 102 against 100 is a change of 2 % although its logarithm and back are not exactly that.
constexpr double kRounding = 1e-12;

}  // namespace

Verdict verdict_of(const Evidence& evidence) {
  const Effect& effect = evidence.effect;
  const double none = effect.is_ratio ? 1.0 : 0.0;
  const double change = effect.estimate - none;
  const bool is_large = std::abs(change) >= evidence.threshold - kRounding * (1.0 + evidence.threshold);
  const bool excludes_none = effect.low > none || effect.high < none;
  const bool family_significant = evidence.family_p && *evidence.family_p <= kLevel;

  if (family_significant && is_large && excludes_none) {
    return (change > 0.0) == (evidence.better == Better::higher) ? Verdict::improved : Verdict::regressed;
  }
  if (family_significant && !is_large) return Verdict::significant_below_threshold;
  // A large change that the family test finds and the interval does not exclude is no verdict
  // either, but it must not pass for noise.
  if (family_significant || evidence.row_p <= kLevel) return Verdict::suggestive;
  const double lowest = effect.is_ratio ? 1.0 / (1.0 + evidence.threshold) : -evidence.threshold;
  const double highest = none + evidence.threshold;
  const bool within = effect.low >= lowest - kRounding && effect.high <= highest + kRounding;
  return within ? Verdict::no_change : Verdict::within_noise;
}

}  // namespace klab
