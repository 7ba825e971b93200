// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/verdict.hpp"

#include "stats/compare.hpp"

#include <catch2/catch.hpp>

using namespace klab;

namespace {

Verdict verdict(double r, double low, double high, double row_p, std::optional<double> family_p,
                Better better = Better::higher) {
  return verdict_of({{true, r, low, high, 0.9683}, row_p, family_p, better, 0.02});
}

}  // namespace

TEST_CASE("the table of verdicts") {
  CHECK(verdict(1.1, 1.05, 1.15, 0.01, 0.05) == Verdict::improved);
  CHECK(verdict(0.9, 0.85, 0.95, 0.01, 0.01) == Verdict::regressed);
  CHECK(verdict(0.9, 0.85, 0.95, 0.01, 0.01, Better::lower) == Verdict::improved);
  CHECK(verdict(1.01, 1.005, 1.015, 0.01, 0.01) == Verdict::significant_below_threshold);
  CHECK(verdict(1.1, 1.05, 1.15, 0.05, 0.06) == Verdict::suggestive);
  CHECK(verdict(1.1, 1.05, 1.15, 0.01, std::nullopt) == Verdict::suggestive);
  CHECK(verdict(1.001, 0.99, 1.015, 0.5, 0.9) == Verdict::no_change);
  CHECK(verdict(1.001, 0.9, 1.015, 0.5, 0.9) == Verdict::within_noise);
  CHECK(verdict(1.001, 0.99, 1.03, 0.5, 0.9) == Verdict::within_noise);
}

TEST_CASE("no change: the band is [1/(1+delta), 1+delta], its edges included") {
  CHECK(verdict(1.0, 1.0 / 1.02, 1.02, 0.5, 0.9) == Verdict::no_change);
  CHECK(verdict(1.0, 0.9803, 1.02, 0.5, 0.9) == Verdict::within_noise);
  CHECK(verdict(1.0, 0.99, 1.0201, 0.5, 0.9) == Verdict::within_noise);
}

TEST_CASE("a family p that the interval contradicts is suggestive, never a verdict and never noise") {
  CHECK(verdict(1.1, 0.99, 1.2, 0.2, 0.01) == Verdict::suggestive);
  CHECK(verdict(1.1, 1.0, 1.2, 0.2, 0.01) == Verdict::suggestive);
}

TEST_CASE("differences are judged by min_change") {
  const auto difference = [](double estimate, double low, double high, double p, double min_change) {
    return verdict_of({{false, estimate, low, high, 0.9683}, p, p, Better::lower, min_change});
  };
  CHECK(difference(-1, -2, -0.5, 0.01, 0.5) == Verdict::improved);
  CHECK(difference(1, 0.5, 2, 0.01, 0.5) == Verdict::regressed);
  CHECK(difference(-1, -2, -0.5, 0.01, 1.5) == Verdict::significant_below_threshold);
  CHECK(difference(0, -0.5, 0.5, 0.9, 0.5) == Verdict::no_change);
  CHECK(difference(0, -0.6, 0.5, 0.9, 0.5) == Verdict::within_noise);
  CHECK(difference(0, 0, 0, 1.0, 0.0) == Verdict::no_change);
}

TEST_CASE("a noise floor above delta is the threshold") {
  ContrastData data;
  data.reference.label = "a";
  data.patched.label = "b";
  RowData row;
  row.metric = {"m", "ns", Better::lower, true, 0.0};
  for (int i = 0; i < 5; ++i) {
    data.reference.boots.push_back({std::to_string(i), 0});
    data.patched.boots.push_back({std::to_string(i + 5), 0});
    row.reference.push_back(100.0 + i * 0.1);
    row.patched.push_back(104.0 + i * 0.1);
  }
  data.rows = {row};
  CHECK(compare(data).rows[0].verdict == Verdict::regressed);
  data.rows[0].floor = NoiseFloor{0.05, 20};
  CHECK(compare(data).rows[0].verdict == Verdict::significant_below_threshold);
  CHECK(compare(data).rows[0].floor->runs == 20);
  data.rows[0].floor = NoiseFloor{0.01, 20};
  CHECK(compare(data).rows[0].verdict == Verdict::regressed);
  // Of differences it says nothing about ratios.
  data.rows[0].floor = NoiseFloor{50.0, 20, false};
  CHECK(compare(data).rows[0].verdict == Verdict::regressed);
}
