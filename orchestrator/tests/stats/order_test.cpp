// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/order.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "stats/labelling.hpp"

using namespace klab;

namespace {

// From the definition, in floating point, by enumerating all orders.
std::set<std::vector<int>> balanced_orders(int n, int m) {
  std::vector<int> order(static_cast<std::size_t>(n), 0);
  order.insert(order.end(), static_cast<std::size_t>(m), 1);
  std::set<std::vector<int>> balanced;
  do {
    double sums[2] = {0, 0};
    for (std::size_t i = 0; i < order.size(); ++i) sums[order[i]] += static_cast<double>(i) + 1.0;
    if (std::abs(sums[0] / n - sums[1] / m) <= (n + m) / 5.0 + 1e-9) balanced.insert(order);
  } while (std::next_permutation(order.begin(), order.end()));
  return balanced;
}

}  // namespace

TEST_CASE("balanced labellings are counted as the definition says") {
  CHECK(balanced_labellings(5, 5) == 174);
  for (int n = 1; n <= 7; ++n) {
    for (int m = 1; m <= 7; ++m) {
      if (n == 1 && m == 1) continue;
      INFO(n << "+" << m);
      CHECK(balanced_labellings(n, m) == balanced_orders(n, m).size());
      CHECK(balanced_labellings(n, m) > 0);
    }
  }
  CHECK(balanced_labellings(1, 1) == 2);
  CHECK(balanced_labellings(5, 0) == 1);
  CHECK(balanced_labellings(0, 0) == 1);
  CHECK(balanced_labellings(50, 50) == std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("orders of two arms are uniform over the balanced set") {
  const std::set<std::vector<int>> allowed = balanced_orders(5, 5);
  std::map<std::vector<int>, int> seen;
  constexpr int kDraws = 17'400;
  for (int seed = 1; seed <= kDraws; ++seed)
    ++seen[draw_boot_order({5, 5}, static_cast<std::uint64_t>(seed))];
  REQUIRE(seen.size() == 174);
  double chi_square = 0.0;
  for (const auto& [order, count] : seen) {
    CHECK(allowed.count(order) == 1);
    chi_square += (count - 100.0) * (count - 100.0) / 100.0;
  }
  // 173 degrees of freedom: 0.001 and 0.999 quantiles.
  CHECK(chi_square > 119.0);
  CHECK(chi_square < 236.0);
}

TEST_CASE("an order depends on its seed only") {
  CHECK(draw_boot_order({5, 5}, 42) == draw_boot_order({5, 5}, 42));
  CHECK(draw_boot_order({5, 5}, 42) != draw_boot_order({5, 5}, 43));
  CHECK(draw_boot_order({5, 5}, 1) == std::vector<int>{0, 1, 0, 1, 0, 0, 1, 0, 1, 1});
}

TEST_CASE("more arms are uniform over all orders, fewer than two are trivial") {
  std::map<std::vector<int>, int> seen;
  for (std::uint64_t seed = 1; seed <= 9000; ++seed) ++seen[draw_boot_order({2, 2, 2}, seed)];
  REQUIRE(seen.size() == 90);
  double chi_square = 0.0;
  for (const auto& [order, count] : seen) chi_square += (count - 100.0) * (count - 100.0) / 100.0;
  CHECK(chi_square < 135.0);  // 0.999 quantile at 89 degrees of freedom
  CHECK(draw_boot_order({3}, 1) == std::vector<int>{0, 0, 0});
  CHECK(draw_boot_order({}, 1).empty());
  CHECK(draw_boot_order({0, 2}, 1) == std::vector<int>{1, 1});
}

TEST_CASE("one boot an arm takes either order") {
  std::set<std::vector<int>> seen;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) seen.insert(draw_boot_order({1, 1}, seed));
  CHECK(seen.size() == 2);
}

TEST_CASE("binomial coefficients saturate") {
  CHECK(binomial(10, 5) == 252);
  CHECK(binomial(20, 10) == 184'756);
  CHECK(binomial(66, 33) == 7'219'428'434'016'265'740u);
  CHECK(binomial(200, 100) == std::numeric_limits<std::uint64_t>::max());
  CHECK(binomial(3, 4) == 0);
}
