// SPDX-License-Identifier: GPL-3.0-or-later
// Vectors that two independent programs agreed on, before this one was written.
#include "contrast_data.hpp"
#include "stats/compare.hpp"
#include "stats/rank_test.hpp"
#include "stats/shift.hpp"

using namespace klab;
using namespace klab::stats_test;

namespace {

ComparisonRow compare_one(const Values& reference, const Values& patched) {
  return compare(contrast({row("case", reference, patched)})).rows.front();
}

void check(const ComparisonRow& row, double p, double r, double low, double high) {
  CHECK(row.row_p.value() == Approx(p).margin(1e-12));
  CHECK(row.effect.value().estimate == Approx(r).margin(6e-7));
  CHECK(row.effect->low == Approx(low).margin(6e-7));
  CHECK(row.effect->high == Approx(high).margin(6e-7));
  CHECK(row.effect->is_ratio);
}

}  // namespace

TEST_CASE("vector 1: a shift of 17 % is found") {
  const ComparisonRow row = compare_one(kA, kCase1);
  check(row, 2.0 / 252, 1.17, 1.138614, 1.202020);
  CHECK(row.family_p.value() == Approx(2.0 / 252));
  CHECK(row.effect->coverage == Approx(1.0 - 8.0 / 252));
  CHECK(row.reference_median == 100.0);
  CHECK(row.patched_median == 117.0);
  CHECK(row.reference_cv.value() == Approx(0.0158113883));
  CHECK(row.verdict == Verdict::improved);
  CHECK(row.note.empty());
}

TEST_CASE("vector 2") {
  check(compare_one(kA, {103, 104, 105, 106, 101.5}), 4.0 / 252, 1.039604, 1.009804, 1.070707);
}

TEST_CASE("vector 3: rank test and permutation t differ") {
  const ComparisonRow row = compare_one(kA, {103, 104, 105, 106, 100.5});
  check(row, 8.0 / 252, 1.039604, 1.005, 1.070707);
  CHECK(row.family_p.value() == Approx(6.0 / 252));
}

TEST_CASE("vector 4: ties take midranks") {
  check(compare_one({100, 100, 101, 102, 103}, {101, 103, 104, 104, 105}), 14.0 / 252, 1.019802, 1.0, 1.04);
}

TEST_CASE("vector 5: interleaved values") {
  CHECK(compare_one({1, 3, 5, 7, 9}, {2, 4, 6, 8, 10}).row_p.value() == Approx(174.0 / 252));
}

TEST_CASE("vector 6: one bad boot defeats t, not ranks") {
  const ComparisonRow row = compare_one({1000, 1010, 990, 1005, 995}, {1030, 1040, 1020, 1035, 800});
  CHECK(row.row_p.value() == Approx(38.0 / 252));
  CHECK(row.family_p.value() == Approx(1.0));
  CHECK(row.effect.value().estimate == Approx(1.029703).margin(6e-7));
  CHECK(row.patched.back().far);
  CHECK_FALSE(row.patched.front().far);
}

TEST_CASE("vector 7: constant rows are no change") {
  const ComparisonRow row = compare_one({5, 5, 5, 5, 5}, {5, 5, 5, 5, 5});
  CHECK(row.row_p == 1.0);
  CHECK(row.family_p == 1.0);
  CHECK(row.effect.value().estimate == 1.0);
  CHECK(row.effect->low == 1.0);
  CHECK(row.effect->high == 1.0);
  CHECK(row.verdict == Verdict::no_change);
  CHECK_FALSE(row.detectable_change);
}

TEST_CASE("vector 8: four boots against five") {
  const ComparisonRow row = compare_one({100, 101, 99, 102}, kCase1);
  check(row, 2.0 / 126, 1.164139, 1.137255, 1.191919);
  CHECK(row.verdict == Verdict::improved);
}

TEST_CASE("vector 9: permutation t alone, and stepped down over three rows") {
  const std::vector<RowData> rows{row("1", kA, kCase1),
                                  row("2", {10, 10.2, 9.9, 10.1, 9.8}, {10.3, 10, 10.4, 10.2, 9.95}),
                                  row("3", {50, 52, 49, 51, 53}, {51, 50, 52, 49.5, 53.5})};
  const int alone[] = {2, 46, 220};
  const int stepped_down[] = {2, 88, 220};
  const Comparison together = compare(contrast(rows));
  CHECK(together.labellings == 252);
  CHECK_FALSE(together.sampled);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(compare(contrast({rows[i]})).rows.front().family_p.value() == Approx(alone[i] / 252.0));
    CHECK(together.rows[i].family_p.value() == Approx(stepped_down[i] / 252.0));
  }
  std::vector<RowData> reversed(rows.rbegin(), rows.rend());
  const Comparison other_way = compare(contrast(reversed));
  for (std::size_t i = 0; i < rows.size(); ++i)
    CHECK(other_way.rows[2 - i].family_p == together.rows[i].family_p);
}

TEST_CASE("vector 10: counts that fall to 0") {
  RowData data = row("oops", {1, 1, 1, 1, 1}, {0, 0, 0, 0, 0});
  data.metric.better = Better::lower;
  data.metric.min_change = 0.5;
  const ComparisonRow result = compare(contrast({data})).rows.front();
  CHECK(result.row_p.value() == Approx(2.0 / 252));
  CHECK(result.family_p.value() == Approx(2.0 / 252));
  CHECK_FALSE(result.effect.value().is_ratio);
  CHECK(result.effect->estimate == -1.0);
  CHECK(result.effect->low == -1.0);
  CHECK(result.effect->high == -1.0);
  CHECK(result.verdict == Verdict::improved);
  CHECK(result.note == "values <= 0: difference instead of ratio");
  CHECK_FALSE(result.reference_cv);
}

TEST_CASE("orders and coverages") {
  struct Expected {
    int n, m, low, high;
    double coverage;
  };
  for (const Expected& e :
       {Expected{3, 5, 1, 15, 0.9643}, Expected{4, 4, 1, 16, 0.9714}, Expected{4, 5, 2, 19, 0.9683},
        Expected{5, 5, 3, 23, 0.9683}, Expected{6, 6, 6, 31, 0.9589}}) {
    for (const auto& [n, m] : {std::pair{e.n, e.m}, std::pair{e.m, e.n}}) {
      const OrderInterval interval = order_interval(n, m);
      CHECK(interval.low == e.low);
      CHECK(interval.high == e.high);
      CHECK(interval.coverage == Approx(e.coverage).margin(5e-5));
    }
  }
}

TEST_CASE("too few boots for 95 % give the whole range and its real coverage") {
  const OrderInterval three = order_interval(3, 3);
  CHECK(three.low == 1);
  CHECK(three.high == 9);
  CHECK(three.coverage == Approx(0.9));
  CHECK(order_interval(1, 1).coverage == Approx(0.0).margin(1e-15));
}

TEST_CASE("two-sided p for U = 0..6 at 5+5") {
  const LabellingSet all = LabellingSet::make(10, 5, {}, std::nullopt, 1);
  const int expected[] = {2, 4, 8, 14, 24, 38, 56};
  // Moving the smallest patched value past u reference values from below 0 overlap gives U = u.
  for (int u = 0; u <= 5; ++u) {
    const Values values{1, 2, 3, 4, 5, 5.5 - u, 11, 12, 13, 14};
    CHECK(rank_p_value(values, all) == Approx(expected[u] / 252.0));
  }
  const Values six{1, 2, 3, 4, 5, 0.5, 4.5, 12, 13, 14};
  CHECK(rank_p_value(six, all) == Approx(expected[6] / 252.0));
}

TEST_CASE("doubled midranks") {
  CHECK(doubled_midranks(Values{3, 1, 3, 2, 3}) == std::vector<int>{8, 2, 8, 4, 8});
}
