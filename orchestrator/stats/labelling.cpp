// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/labelling.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <numeric>

#include "util/random.hpp"

namespace klab {
namespace {

long sum_of_slots(std::span<const std::uint16_t> boots, std::span<const int> slots) {
  long sum = 0;
  for (const std::uint16_t boot : boots) sum += slots[boot];
  return sum;
}

}  // namespace

std::uint64_t binomial(int n, int k) {
  if (k < 0 || k > n) return 0;
  k = std::min(k, n - k);
  unsigned __int128 value = 1;
  for (int i = 1; i <= k; ++i) {
    value = value * static_cast<unsigned>(n - k + i) / static_cast<unsigned>(i);
    if (value > std::numeric_limits<std::uint64_t>::max()) return std::numeric_limits<std::uint64_t>::max();
  }
  return static_cast<std::uint64_t>(value);
}

// With P = n+m slots and S the sum of the patched ones, |S/m - (P(P+1)/2 - S)/n| <= P/5 multiplied
// by 10nm/P.
bool Balance::allows(long patched_sum) const {
  const long n = reference_boots;
  const long m = patched_boots;
  return 5 * std::labs(2 * (fixed_sum + patched_sum) - (n + m + 1) * m) <= 2 * n * m;
}

LabellingSet LabellingSet::make(int boots, int patched, std::span<const int> slots,
                                const std::optional<Balance>& balance, std::uint64_t seed) {
  LabellingSet set;
  set.boots_ = boots;
  set.patched_ = static_cast<std::size_t>(patched);
  if (binomial(boots, patched) <= kMostLabellings) {
    set.enumerate(slots, balance);
  } else if (!set.sample(slots, balance, seed)) {
    set.balance_kept_ = false;
    set.sample(slots, std::nullopt, seed);
  }
  return set;
}

void LabellingSet::enumerate(std::span<const int> slots, const std::optional<Balance>& balance) {
  std::vector<std::uint16_t> chosen(patched_);
  std::iota(chosen.begin(), chosen.end(), std::uint16_t{0});
  const std::size_t spare = static_cast<std::size_t>(boots_) - patched_;
  for (;;) {
    if (!balance || balance->allows(sum_of_slots(chosen, slots))) {
      members_.insert(members_.end(), chosen.begin(), chosen.end());
      ++size_;
    }
    std::size_t i = patched_;
    while (i > 0 && chosen[i - 1] == spare + i - 1) --i;
    if (i == 0) return;
    ++chosen[i - 1];
    for (; i < patched_; ++i) chosen[i] = static_cast<std::uint16_t>(chosen[i - 1] + 1);
  }
}

bool LabellingSet::sample(std::span<const int> slots, const std::optional<Balance>& balance,
                          std::uint64_t seed) {
  // Half or more of all labellings are balanced in any experiment that was drawn so; only boots
  // missing in an odd pattern can make them rare.
  constexpr std::size_t kMostDraws = 100 * kSampledLabellings;
  Random random(seed);
  std::vector<std::uint16_t> pool(static_cast<std::size_t>(boots_));
  std::iota(pool.begin(), pool.end(), std::uint16_t{0});
  const std::span<const std::uint16_t> chosen(pool.data(), patched_);
  sampled_ = true;
  size_ = 0;
  members_.clear();
  members_.reserve(kSampledLabellings * patched_);
  for (std::size_t draw = 0; size_ < kSampledLabellings; ++draw) {
    if (draw == kMostDraws) return false;
    for (std::size_t i = 0; i < patched_; ++i) std::swap(pool[i], pool[i + random.below(pool.size() - i)]);
    if (balance && !balance->allows(sum_of_slots(chosen, slots))) continue;
    members_.insert(members_.end(), chosen.begin(), chosen.end());
    ++size_;
  }
  return true;
}

double LabellingSet::p_value(std::size_t count) const {
  if (sampled_) return (static_cast<double>(count) + 1.0) / (static_cast<double>(size_) + 1.0);
  return static_cast<double>(count) / static_cast<double>(size_);
}

std::optional<std::size_t> LabellingSet::count_within(double level) const {
  const double total = static_cast<double>(size_) + (sampled_ ? 1.0 : 0.0);
  const double most = std::floor(level * total + 1e-9) - (sampled_ ? 1.0 : 0.0);
  if (most < 0.0) return std::nullopt;
  return static_cast<std::size_t>(most);
}

double LabellingSet::smallest_p() const {
  if (sampled_) return p_value(0);
  return std::min(1.0, 2.0 / static_cast<double>(size_));
}

}  // namespace klab
