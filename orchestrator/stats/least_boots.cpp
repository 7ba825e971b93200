// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/least_boots.hpp"

#include <fmt/format.h>

#include "stats/family.hpp"
#include "stats/order.hpp"

namespace klab {

int least_boots_for_verdict() {
  // The smallest p is that of a perfect separation and its mirror image; there are fewest labellings where they are balanced.
  int boots = kLeastBoots;
  while (2.0 / static_cast<double>(balanced_labellings(boots, boots)) > 0.05) ++boots;
  return boots;
}

std::string boots_note(int boots) {
  const int least = least_boots_for_verdict();
  if (boots >= least) return {};
  return fmt::format("{} boot{} an arm can give no verdict; {} or more do", boots, boots == 1 ? "" : "s", least);
}

}  // namespace klab
