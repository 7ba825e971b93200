// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace klab {

// More labellings than this are sampled, not enumerated (10+10 boots: 184,756, are enumerated).
inline constexpr std::uint64_t kMostLabellings = 200'000;
inline constexpr std::size_t kSampledLabellings = 19'999;

// n choose k; the largest std::uint64_t where the true number does not fit.
std::uint64_t binomial(int n, int k);

// The restriction under which the order of two arms was drawn: the mean slots of the arms differ by
// at most (n+m)/5, slots counted from 1 to n+m. Boots that are not permuted (they failed, or lack
// the row) keep their label: their share of the patched arm's slots is `fixed_sum`.
struct Balance {
  int reference_boots = 0;  // of the draw, those that are not permuted included
  int patched_boots = 0;
  long fixed_sum = 0;

  // Whether a labelling whose permuted patched boots have slots that add up to `patched_sum` could
  // have been drawn. Integers throughout: no rounding at the edge.
  bool allows(long patched_sum) const;
};

// The labellings over which p-values permute: which of `boots` boots are called patched. Either all
// that could have been drawn, or kSampledLabellings drawn uniformly from them with a seed.
// Immutable once made; may be read from several threads.
class LabellingSet {
 public:
  // `slots` (one per boot) is read only when there is a balance. The observed labelling must be
  // allowed by the balance.
  static LabellingSet make(int boots, int patched, std::span<const int> slots,
                           const std::optional<Balance>& balance, std::uint64_t seed);

  std::size_t size() const { return size_; }
  bool sampled() const { return sampled_; }
  // False when a balance was given but sampling could not meet it, and all labellings were used.
  bool balance_kept() const { return balance_kept_; }
  int boots() const { return boots_; }
  int patched() const { return static_cast<int>(patched_); }
  std::span<const std::uint16_t> patched_boots(std::size_t labelling) const {
    return {members_.data() + labelling * patched_, patched_};
  }
  // The p-value when `count` labellings of the set are at least as extreme as the observed one.
  // Sampled: (b+1)/(B+1), which counts the observed labelling itself and is therefore never 0.
  double p_value(std::size_t count) const;
  // The largest count that gives a p-value <= level; nothing when even 0 is too many.
  std::optional<std::size_t> count_within(double level) const;
  // 2/labellings: a perfect separation and its mirror image.
  double smallest_p() const;

 private:
  void enumerate(std::span<const int> slots, const std::optional<Balance>& balance);
  bool sample(std::span<const int> slots, const std::optional<Balance>& balance, std::uint64_t seed);

  int boots_ = 0;
  std::size_t patched_ = 0;
  std::size_t size_ = 0;
  bool sampled_ = false;
  bool balance_kept_ = true;
  std::vector<std::uint16_t> members_;  // patched_ indices per labelling
};

}  // namespace klab
