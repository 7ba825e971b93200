// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/labelling.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <vector>

using namespace klab;

TEST_CASE("enumerated labellings are all different, and the observed one is among them") {
  const LabellingSet set = LabellingSet::make(7, 3, {}, std::nullopt, 1);
  CHECK(set.size() == 35);
  CHECK_FALSE(set.sampled());
  std::set<std::vector<std::uint16_t>> seen;
  for (std::size_t i = 0; i < set.size(); ++i) {
    const auto patched = set.patched_boots(i);
    seen.insert({patched.begin(), patched.end()});
  }
  CHECK(seen.size() == 35);
  CHECK(seen.count({4, 5, 6}) == 1);
  CHECK(set.p_value(7) == Approx(0.2));
  CHECK(set.count_within(0.05) == 1u);
  CHECK(set.smallest_p() == Approx(2.0 / 35));
  CHECK(LabellingSet::make(0, 0, {}, std::nullopt, 1).size() == 1);
  CHECK(LabellingSet::make(4, 0, {}, std::nullopt, 1).size() == 1);
  CHECK(LabellingSet::make(4, 4, {}, std::nullopt, 1).size() == 1);
}

TEST_CASE("sampled labellings take every boot equally often") {
  const LabellingSet set = LabellingSet::make(24, 12, {}, std::nullopt, 9);
  REQUIRE(set.sampled());
  REQUIRE(set.size() == 19'999);
  std::vector<int> count(24);
  for (std::size_t i = 0; i < set.size(); ++i) {
    std::set<std::uint16_t> distinct;
    for (const std::uint16_t boot : set.patched_boots(i)) {
      ++count.at(boot);
      distinct.insert(boot);
    }
    REQUIRE(distinct.size() == 12);
  }
  for (const int times : count) CHECK(times == Approx(10'000).margin(300));  // four standard errors
  CHECK(set.p_value(0) == Approx(1.0 / 20'000));
  CHECK(set.count_within(0.05) == 999u);
}

TEST_CASE("a balance that cannot be met by sampling is given up, and that is told") {
  std::vector<int> slots(24);
  for (std::size_t i = 0; i < slots.size(); ++i) slots[i] = static_cast<int>(i) + 1;
  CHECK(LabellingSet::make(24, 12, slots, Balance{12, 12}, 9).balance_kept());
  const LabellingSet set = LabellingSet::make(24, 12, slots, Balance{12, 12, 100'000}, 9);
  CHECK_FALSE(set.balance_kept());
  CHECK(set.size() == 19'999);
}
