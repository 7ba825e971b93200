// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/order.hpp"

#include <algorithm>
#include <limits>

#include "stats/labelling.hpp"
#include "util/random.hpp"

namespace klab {
namespace {

std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t sum = a + b;
  return sum < a ? std::numeric_limits<std::uint64_t>::max() : sum;
}

long slots_of_second_arm(const std::vector<int>& order) {
  long sum = 0;
  for (std::size_t i = 0; i < order.size(); ++i) sum += order[i] == 1 ? static_cast<long>(i) + 1 : 0;
  return sum;
}

}  // namespace

std::vector<int> draw_boot_order(const std::vector<int>& boots_per_arm, std::uint64_t seed) {
  std::vector<int> order;
  for (std::size_t arm = 0; arm < boots_per_arm.size(); ++arm) {
    order.insert(order.end(), static_cast<std::size_t>(std::max(0, boots_per_arm[arm])),
                 static_cast<int>(arm));
  }
  Random random(seed);
  random.shuffle(order);
  if (boots_per_arm.size() != 2 || order.size() <= 2) return order;
  const Balance balance{boots_per_arm[0], boots_per_arm[1]};
  while (!balance.allows(slots_of_second_arm(order))) random.shuffle(order);
  return order;
}

// Counts subsets of {1..n+m} by size and sum, taking the smaller arm: the condition is symmetric.
std::uint64_t balanced_labellings(int n, int m) {
  if (n < 0 || m < 0) return 0;
  if (n == 1 && m == 1) return 2;
  if (m > n) std::swap(n, m);
  const long slots = n + m;
  const std::size_t sums = static_cast<std::size_t>(m * slots) + 1;
  std::vector<std::vector<std::uint64_t>> count(static_cast<std::size_t>(m) + 1,
                                                std::vector<std::uint64_t>(sums));
  count[0][0] = 1;
  for (long slot = 1; slot <= slots; ++slot) {
    for (std::size_t size = static_cast<std::size_t>(m); size >= 1; --size) {
      for (std::size_t sum = static_cast<std::size_t>(slot); sum < sums; ++sum) {
        count[size][sum] =
            saturating_add(count[size][sum], count[size - 1][sum - static_cast<std::size_t>(slot)]);
      }
    }
  }
  const Balance balance{n, m};
  std::uint64_t total = 0;
  for (std::size_t sum = 0; sum < sums; ++sum) {
    if (balance.allows(static_cast<long>(sum))) {
      total = saturating_add(total, count[static_cast<std::size_t>(m)][sum]);
    }
  }
  return total;
}

}  // namespace klab
