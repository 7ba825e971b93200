// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/shift.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace klab {
namespace {

// The numbers of labellings with U = u, for u = 0 .. nm/2: the coefficients of the Gaussian binomial
// prod (1 - q^(m+i)) / (1 - q^i), multiplied out factor by factor (Harding 1984). Exact while they
// fit the 64-bit significand (33+33 boots), to 13 digits beyond.
std::vector<long double> labellings_by_u(int n, int m) {
  if (n > m) std::swap(n, m);
  const std::size_t length = static_cast<std::size_t>(n) * static_cast<std::size_t>(m) / 2 + 1;
  std::vector<long double> count(length);
  count[0] = 1.0L;
  for (int i = 1; i <= n; ++i) {
    const std::size_t step = static_cast<std::size_t>(i);
    const std::size_t far = static_cast<std::size_t>(m) + step;
    for (std::size_t u = length; u-- > far;) count[u] -= count[u - far];
    for (std::size_t u = step; u < length; ++u) count[u] += count[u - step];
  }
  return count;
}

long double all_labellings(int n, int m) {
  long double value = 1.0L;
  for (int i = 1; i <= n; ++i) value = value * (m + i) / i;
  return value;
}

}  // namespace

OrderInterval order_interval(int n, int m) {
  const std::vector<long double> count = labellings_by_u(n, m);
  const long double total = all_labellings(n, m);
  long double tail = count[0];
  std::size_t k = 0;
  while (k + 1 < count.size() && 2.0L * (tail + count[k + 1]) <= (0.05L + 1e-12L) * total) tail += count[++k];
  return {static_cast<int>(k) + 1, n * m - static_cast<int>(k),
          std::max(0.0, static_cast<double>(1.0L - 2.0L * tail / total))};
}

Effect shift(std::span<const double> reference, std::span<const double> patched, bool is_ratio,
             const OrderInterval& interval) {
  const auto scale = [is_ratio](double value) { return is_ratio ? std::log(value) : value; };
  std::vector<double> differences;
  differences.reserve(reference.size() * patched.size());
  std::vector<double> scaled_reference;
  for (const double x : reference) scaled_reference.push_back(scale(x));
  for (const double y : patched) {
    const double scaled = scale(y);
    for (const double x : scaled_reference) differences.push_back(scaled - x);
  }
  std::sort(differences.begin(), differences.end());
  const std::size_t count = differences.size();
  const double upper = differences[count / 2];
  const double lower = differences[(count - 1) / 2];
  const auto back = [is_ratio](double value) { return is_ratio ? std::exp(value) : value; };
  return {is_ratio, back(lower + (upper - lower) / 2.0),
          back(differences[static_cast<std::size_t>(interval.low) - 1]),
          back(differences[static_cast<std::size_t>(interval.high) - 1]), interval.coverage};
}

}  // namespace klab
