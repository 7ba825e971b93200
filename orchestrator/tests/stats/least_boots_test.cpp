// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/least_boots.hpp"

#include "stats/compare.hpp"
#include "tests/stats/contrast_data.hpp"

using namespace klab;
using namespace klab::stats_test;

namespace {

// Of two arms that could not be further apart.
Verdict verdict(int boots, BootOrder order, std::uint64_t seed) {
  Values reference, patched;
  for (int i = 0; i < boots; ++i) reference.push_back(100.0 + i), patched.push_back(150.0 + i);
  auto data = contrast({row("a", reference, patched)});
  set_slots(data, draw_boot_order({boots, boots}, seed));
  data.order = order;
  return compare(data).rows.front().verdict;
}

}  // namespace

TEST_CASE("least boots: with so many a verdict can be reached in every order, with one less in none") {
  const int least = least_boots_for_verdict();
  CHECK(least == 4);
  for (const auto order : {BootOrder::balanced, BootOrder::uniform})
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      CHECK(verdict(least, order, seed) == Verdict::improved);
      CHECK(verdict(least - 1, order, seed) == Verdict::insufficient_data);
    }
}

TEST_CASE("least boots: what is said of fewer") {
  CHECK(boots_note(1) == "1 boot an arm can give no verdict; 4 or more do");
  CHECK(boots_note(3) == "3 boots an arm can give no verdict; 4 or more do");
  CHECK(boots_note(4).empty());
  CHECK(boots_note(100).empty());
}
