// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>

#include "model/comparison.hpp"

namespace klab {

// The interval of a Hodges-Lehmann shift: the low-th and high-th (from 1) smallest of all n*m
// differences, and how often it covers the true shift when boots are exchangeable.
struct OrderInterval {
  int low = 1;
  int high = 1;
  double coverage = 0.0;
};

// Of the largest u with 2 P(U <= u) <= 0.05 under the exact null distribution of U; where there is
// none (3+3 boots and fewer) the whole range, whose coverage says that it is no 95 % interval.
// n and m at least 1.
OrderInterval order_interval(int n, int m);

// Hodges-Lehmann estimate and interval of patched against reference: the ratio on logs (all values
// > 0), or the difference of raw values. Neither arm may be empty. Hodges & Lehmann (1963).
Effect shift(std::span<const double> reference, std::span<const double> patched, bool is_ratio,
             const OrderInterval& interval);

}  // namespace klab
