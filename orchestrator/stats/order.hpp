// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

namespace klab {

// The order in which an experiment boots its arms: element s is the arm (an index into
// `boots_per_arm`) of slot s+1. The same seed gives the same order on every machine.
//   two arms    uniform over the labellings whose mean slots differ by at most (n+m)/5 (5+5: 174 of
//               252); compare() permutes over exactly these for BootOrder::balanced. With one boot an
//               arm no order is balanced and both are drawn from.
//   otherwise   uniform over all orders (BootOrder::uniform)
std::vector<int> draw_boot_order(const std::vector<int>& boots_per_arm, std::uint64_t seed);

// How many labellings of n+m slots draw_boot_order draws from; the largest std::uint64_t where the
// true number does not fit.
std::uint64_t balanced_labellings(int n, int m);

}  // namespace klab
