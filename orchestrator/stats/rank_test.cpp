// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/rank_test.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace klab {

std::vector<int> doubled_midranks(std::span<const double> values) {
  std::vector<std::size_t> sorted(values.size());
  std::iota(sorted.begin(), sorted.end(), std::size_t{0});
  std::sort(sorted.begin(), sorted.end(),
            [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<int> ranks(values.size());
  for (std::size_t first = 0; first < sorted.size();) {
    std::size_t end = first + 1;
    while (end < sorted.size() && values[sorted[end]] == values[sorted[first]]) ++end;
    for (std::size_t i = first; i < end; ++i) ranks[sorted[i]] = static_cast<int>(first + 1 + end);
    first = end;
  }
  return ranks;
}

// 2(U - nm/2) = W - m(n+m+1) with W the sum of the patched arm's doubled ranks: integers, so ties
// with the observed value need no tolerance.
double rank_p_value(std::span<const double> values, const LabellingSet& set) {
  const std::vector<int> ranks = doubled_midranks(values);
  const long centre = static_cast<long>(set.patched()) * (set.boots() + 1);
  const auto distance = [centre](long sum) { return std::labs(sum - centre); };
  const long observed = distance(std::accumulate(ranks.end() - set.patched(), ranks.end(), 0L));
  std::size_t count = 0;
  for (std::size_t i = 0; i < set.size(); ++i) {
    long sum = 0;
    for (const std::uint16_t boot : set.patched_boots(i)) sum += ranks[boot];
    count += distance(sum) >= observed ? 1 : 0;
  }
  return set.p_value(count);
}

}  // namespace klab
