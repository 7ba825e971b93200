// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/numbers.hpp"

#include <catch2/catch.hpp>
#include <limits>

namespace klab::report {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST_CASE("a median keeps four digits and its magnitude") {
  CHECK(value_text(2569880.4) == "2,569,880");
  CHECK(value_text(8) == "8");
  CHECK(value_text(0) == "0");
  CHECK(value_text(999.96) == "1000.0");
  CHECK(value_text(123.44) == "123.4");
  CHECK(value_text(12.345) == "12.35");
  CHECK(value_text(-1.5) == "-1.500");
  CHECK(value_text(0.0125) == "0.0125");
  CHECK(value_text(1e12) == "1,000,000,000,000");
  CHECK(value_text(1.5e13) == "1.5000e+13");
  CHECK(value_text(std::nullopt) == "n/a");
  CHECK(value_text(infinity) == "n/a");
}

TEST_CASE("a change has a sign, and no sign when it rounds to nothing") {
  CHECK(change_text(true, 1.179) == "+17.9%");
  CHECK(change_text(true, 0.864) == "-13.6%");
  CHECK(change_text(true, 1.0004) == "0.0%");
  CHECK(change_text(true, 0.9996) == "0.0%");
  CHECK(change_text(true, 1.0006) == "+0.1%");
  CHECK(change_text(true, 10.9999) == "+1000%");
  CHECK(change_text(true, 43.5) == "+4250%");
  CHECK(change_text(true, 1e9) == "+1.0e+11%");
  CHECK(change_text(false, -8) == "-8");
  CHECK(change_text(false, 1500) == "+1,500");
  CHECK(change_text(false, 0.0) == "0");
  CHECK(change_text(false, -0.0) == "0");
  CHECK(change_text(false, -infinity) == "n/a");
}

TEST_CASE("an effect that was not measured is never a number") {
  const auto shown = [](const std::optional<Effect>& effect) {
    const EffectText text = effect_text(effect);
    return text.estimate + " " + text.interval;
  };
  CHECK(shown(Effect{true, 1.17, 1.138614, 1.20202, 0.9683}) == "+17.0% [+13.9%, +20.2%]");
  CHECK(shown(Effect{false, -1, -1, -1, 0.9683}) == "-1 [-1, -1]");
  CHECK(shown(std::nullopt) == "n/a n/a");
  CHECK(shown(Effect{true, 1.0, 0.0, 2.0, 0.9}) == "n/a n/a");
  CHECK(shown(Effect{true, infinity, 1.0, infinity, 0.9}) == "n/a n/a");
  CHECK(shown(Effect{false, 1.0, 2.0, 1.0, 0.9}) == "n/a n/a");
}

TEST_CASE("no rounding of p contradicts the verdict") {
  CHECK(p_text(2.0 / 174) == "0.011");
  CHECK(p_text(1.0) == "1.000");
  CHECK(p_text(1.0 / 20000) == "<0.001");
  CHECK(p_text(0.05) == "0.050");
  CHECK(p_text(0.0501) == ">0.050");
  CHECK(p_text(0.0505) == "0.051");
  CHECK(p_text(std::nullopt) == "n/a");
}

TEST_CASE("raw numbers read back the same") {
  CHECK(raw_number(2569880.0) == "2569880");
  CHECK(raw_number(0.1) == "0.1");
  CHECK(raw_number(2.0 / 174) == "0.011494252873563218");
  CHECK(raw_number(-0.0) == "0");
  CHECK(raw_number(std::numeric_limits<double>::quiet_NaN()) == "");
}

TEST_CASE("what could have been seen is a percentage or in the unit") {
  ComparisonRow row;
  row.detectable_change = 0.118;
  CHECK(detectable_text(row) == "11.8%");
  row.effect = Effect{false, 0, -1, 1, 0.96};
  row.detectable_change = 3.25;
  CHECK(detectable_text(row) == "3.250");
  row.detectable_change.reset();
  CHECK(detectable_text(row) == "n/a");
  CHECK(threshold_text(0.02) == "2 %");
  CHECK(threshold_text(0.005) == "0.5 %");
}

}  // namespace
}  // namespace klab::report
