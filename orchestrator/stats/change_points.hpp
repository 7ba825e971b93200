// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace klab {

struct ChangePointOptions {
  bool is_ratio = true;           // values > 0, compared by their logs; else raw values and differences
  double least = 0.02;            // magnitude below which nothing is reported
  double p = 0.001;               // at most
  int permutations = 9999;        // at least 999 for that p
  std::size_t least_segment = 3;  // nights on each side
  std::uint64_t seed = 1;
};

struct FoundChange {
  std::size_t index = 0;   // of the first value after it
  double p = 1.0;
  double magnitude = 0.0;  // ratio minus 1, or difference, of the stretch after it to the one before
};

// Where the level of a sequence changes, in order: E-divisive with a permutation test, formulas in
// stats/STATISTICS.md. Values that are not finite, or not > 0 among ratios, are left out; indices are those of
// `values`. Pure: the same values and options give the same answer everywhere; any thread. Total.
std::vector<FoundChange> change_points(std::span<const double> values, const ChangePointOptions& options);

struct Split {
  std::size_t index = 0;  // of the first value of the right part
  double statistic = 0.0;
};

// The split of a sequence into two parts of at least `least_segment` values (at least 2) with the largest statistic, the
// first of equals; nothing where the sequence is too short. O(n log n).
std::optional<Split> best_split(std::span<const double> values, std::size_t least_segment);

}  // namespace klab
