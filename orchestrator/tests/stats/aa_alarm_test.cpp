// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/aa_alarm.hpp"

#include <catch2/catch.hpp>

using namespace klab;

TEST_CASE("A/A alarms: the binomial tail is exact") {
  CHECK(aa_p({0, 0}) == 1.0);
  CHECK(aa_p({20, 0}) == 1.0);
  // 1 - 0.95^20
  CHECK(aa_p({20, 1}) == Approx(0.641514077591).epsilon(1e-9));
  CHECK(aa_p({1, 1}) == Approx(0.05));
  CHECK(aa_p({3, 3}) == Approx(0.05 * 0.05 * 0.05));
  // By summation in rational arithmetic.
  CHECK(aa_p({20, 5}) == Approx(0.002573942).epsilon(1e-6));
  CHECK(aa_p({20, 6}) == Approx(0.000329294).epsilon(1e-6));
}

TEST_CASE("A/A alarms: nobody is alarmed before twenty runs, nor above one in a thousand") {
  CHECK_FALSE(aa_alarming({19, 19}));
  CHECK_FALSE(aa_alarming({20, 5}));
  CHECK(aa_alarming({20, 6}));
  CHECK_FALSE(aa_alarming({1000, 50}));
  CHECK(aa_alarming({1000, 75}));
}
