// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/compare.hpp"

#include <cmath>
#include <ctime>
#include <limits>

#include "contrast_data.hpp"

using namespace klab;
using namespace klab::stats_test;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

ComparisonRow compare_row(const RowData& data) { return compare(contrast({data})).rows.front(); }

ComparisonRow compare_primary(const Values& reference, const Values& patched, double delta = 0.02) {
  ContrastData data = contrast({row("case", reference, patched)});
  data.delta = delta;
  return compare(data).rows.front();
}

}  // namespace

TEST_CASE("verdict: the direction of the metric decides") {
  CHECK(compare_primary(kA, kCase1).verdict == Verdict::improved);
  CHECK(compare_primary(kCase1, kA).verdict == Verdict::regressed);
  RowData latency = row("p95", kA, kCase1);
  latency.metric.better = Better::lower;
  const ComparisonRow result = compare_row(latency);
  CHECK(result.verdict == Verdict::regressed);
  CHECK(result.effect.value().estimate == Approx(1.17));
}

TEST_CASE("verdict: significant, below threshold") {
  const Values shifted{101.01, 101.02, 101.03, 101.04, 101.05};
  CHECK(compare_primary({100.01, 100.02, 100.03, 100.04, 100.05}, shifted).verdict ==
        Verdict::significant_below_threshold);
}

TEST_CASE("verdict: a change of exactly the threshold counts") {
  const Values reference{100, 100, 100, 100, 100};
  const Values patched{102, 102, 102, 102, 102};
  CHECK(compare_primary(reference, patched).verdict == Verdict::improved);
  CHECK(compare_primary(reference, patched, 0.0201).verdict == Verdict::significant_below_threshold);
}

TEST_CASE("verdict: rows that are not primary are suggestive at best and have no family p") {
  RowData data = row("extra", kA, kCase1);
  data.metric.primary = false;
  const ComparisonRow result = compare_row(data);
  CHECK(result.verdict == Verdict::suggestive);
  CHECK_FALSE(result.family_p);
  CHECK(result.row_p.value() == Approx(2.0 / 252));
  CHECK(result.detectable_change);
}

TEST_CASE("verdict: a row that only its own test finds is suggestive") {
  std::vector<RowData> rows{row("weak", kA, {103, 104, 105, 106, 100.5})};
  Random random(7);
  for (int i = 0; i < 11; ++i) {
    Values reference, patched;
    for (int boot = 0; boot < 5; ++boot) {
      reference.push_back(std::exp(0.05 * noise(random)));
      patched.push_back(std::exp(0.05 * noise(random)));
    }
    rows.push_back(row("noise" + std::to_string(i), reference, patched));
  }
  const ComparisonRow weak = compare(contrast(rows)).rows.front();
  CHECK(weak.row_p.value() == Approx(8.0 / 252));
  CHECK(weak.family_p.value() > 0.05);
  CHECK(weak.verdict == Verdict::suggestive);
}

TEST_CASE("verdict: no change needs an interval inside the threshold, noise is the rest") {
  const Values same{100.1, 100.2, 99.9, 100.0, 100.3};
  const ComparisonRow calm = compare_primary({100.0, 100.3, 99.8, 100.1, 100.2}, same);
  CHECK(calm.verdict == Verdict::no_change);
  const ComparisonRow noisy = compare_primary({80, 90, 100, 110, 120}, {85, 95, 105, 115, 75});
  CHECK(noisy.verdict == Verdict::within_noise);
  CHECK(noisy.detectable_change.value() > 0.2);
}

TEST_CASE("detectable change: from the least significant t of the family") {
  // A family of one at 5+5: the least t that at most 12 of 252 labellings reach, from a program
  // that enumerates them; t80 = 0.888890 at 8 degrees of freedom.
  const ComparisonRow result = compare_primary({80, 90, 100, 110, 120}, {85, 95, 105, 115, 75});
  CHECK(result.detectable_change.value() == Approx(0.42137827).epsilon(1e-7));
}

// The expected numbers of this test and the next come from a brute-force program written from the
// formulas alone.
TEST_CASE("detectable change: labellings that tie at the edge do not count") {
  CHECK(compare_primary({80, 90, 100, 110}, {85, 95, 105, 75}).detectable_change.value() ==
        Approx(0.68521402).epsilon(1e-7));
}

TEST_CASE("family p: cumulative maximum, and a row with fewer boots than the others") {
  RowData partial = row("partial", {104, 99, 94, 98, 102}, {109, 95, 0, 108, 90});
  partial.patched[2] = std::nullopt;
  const Comparison result =
      compare(contrast({partial, row("strongest", {101, 91, 104, 95, 101}, {101, 99, 108, 93, 104}),
                        row("weakest", {96, 103, 96, 93, 91}, {91, 91, 95, 109, 94})}));
  CHECK(result.rows[0].family_p.value() == Approx(250.0 / 252));
  CHECK(result.rows[1].family_p.value() == Approx(204.0 / 252));
  CHECK(result.rows[2].family_p.value() == Approx(250.0 / 252));  // 240 before the cumulative maximum
  CHECK(result.rows[0].detectable_change.value() == Approx(0.22110306).epsilon(1e-7));
  CHECK(result.rows[1].detectable_change.value() == Approx(0.16264299).epsilon(1e-7));
  CHECK(result.rows[2].detectable_change.value() == Approx(0.18599461).epsilon(1e-7));
}

TEST_CASE("insufficient data: two boots in an arm are never noise") {
  const ComparisonRow result = compare_primary({100, 101}, {100.5, 101.5, 99, 98, 97});
  CHECK(result.verdict == Verdict::insufficient_data);
  CHECK(result.note == "fewer than 3 boots in an arm");
  CHECK(result.effect);
  CHECK(result.row_p);
  CHECK_FALSE(result.family_p);
  CHECK_FALSE(result.detectable_change);
}

TEST_CASE("insufficient data: 3+3 boots cannot reach 5 %") {
  const ComparisonRow result = compare_primary({100, 101, 102}, {200, 201, 202});
  CHECK(result.verdict == Verdict::insufficient_data);
  CHECK(result.row_p.value() == Approx(0.1));
  CHECK(result.effect.value().coverage == Approx(0.9));
  CHECK(result.note == "smallest possible p is 0.100 with 3+3 boots");
}

TEST_CASE("insufficient data: an arm without any boot, or no boots at all") {
  ContrastData data = contrast({row("case", kA, {})});
  data.patched.failed = 5;
  const Comparison result = compare(data);
  CHECK(result.rows.front().verdict == Verdict::insufficient_data);
  CHECK_FALSE(result.rows.front().effect);
  CHECK_FALSE(result.rows.front().row_p);
  CHECK(result.rows.front().reference_median == 100.0);
  CHECK_FALSE(result.rows.front().patched_median);
  REQUIRE(result.failures);
  CHECK(result.failures->verdict == Verdict::regressed);
  CHECK(result.failures->row_p.value() == Approx(2.0 / 252));
  CHECK(compare(contrast({row("case", {}, {})})).rows.front().verdict == Verdict::insufficient_data);
  CHECK(compare(ContrastData{}).rows.empty());
}

TEST_CASE("a case that the kernels do not have is n/a with its reason, and not in the family") {
  RowData missing = row("cache_shard", kA, kCase1);
  missing.reference.assign(5, std::nullopt);
  missing.patched.assign(5, std::nullopt);
  missing.unavailable = "the kernel has no scope cache_shard";
  const Comparison result = compare(contrast({row("cpu", kA, kCase1), missing}));
  CHECK(result.rows[1].verdict == Verdict::not_available);
  CHECK(result.rows[1].note == "the kernel has no scope cache_shard");
  CHECK_FALSE(result.rows[1].row_p);
  CHECK_FALSE(result.rows[1].family_p);
  CHECK(result.rows[0].verdict == Verdict::improved);
}

TEST_CASE("NaN and infinite values are excluded and counted") {
  RowData data = row("case", {100, 101, kNan, 99, 102}, kCase1);
  ComparisonRow result = compare_row(data);
  CHECK(result.row_p.value() == Approx(2.0 / 126));
  CHECK(result.effect.value().estimate == Approx(1.164139).margin(1e-6));
  CHECK(result.reference.size() == 4);
  CHECK(result.reference[2].boot == "base4");
  CHECK(result.note == "1 NaN excluded; p over the 126 labellings of the boots that have it");

  data.patched = {kInfinity, 118.0, -kInfinity, 119.0, 1e300};
  result = compare_row(data);
  CHECK(result.patched.size() == 2);
  CHECK(result.note ==
        "1 NaN excluded; 2 infinite values excluded; 1 value beyond 1e-150..1e150 excluded; "
        "p over the 15 labellings of the boots that have it; fewer than 3 boots in an arm");
}

TEST_CASE("missing values are permuted within what is there") {
  RowData data = row("case", {100, 101, 99, 102, 98}, kCase1);
  data.reference[4] = std::nullopt;
  const Comparison result = compare(contrast({data, row("whole", kA, kCase1)}));
  CHECK(result.labellings == 252);
  CHECK(result.rows[0].row_p.value() == Approx(2.0 / 126));
  CHECK(result.rows[0].note ==
        "missing in 1 of 5 reference boots; p over the 126 labellings of the boots that have it");
  CHECK(result.rows[1].row_p.value() == Approx(2.0 / 252));
  CHECK(result.rows[1].note.empty());
  CHECK(result.rows[0].verdict == Verdict::improved);
  CHECK(result.rows[1].verdict == Verdict::improved);
}

TEST_CASE("a row with hardly any boots does not cost the others their verdict") {
  RowData sparse = row("sparse", kA, kCase1);
  sparse.reference = {1.0, 1.01, std::nullopt, std::nullopt, std::nullopt};
  sparse.patched = {5.0, 5.01, std::nullopt, std::nullopt, std::nullopt};
  const Comparison result = compare(contrast({sparse, row("whole", kA, kCase1)}));
  CHECK(result.rows[0].verdict == Verdict::insufficient_data);
  CHECK_FALSE(result.rows[0].family_p);
  CHECK(result.rows[1].family_p.value() == Approx(2.0 / 252));
}

TEST_CASE("rows with values <= 0 are raw throughout, with min_change for the threshold") {
  RowData data = row("switches", {8, 9, 8, 10, 8}, {0, 1, 0, 0, -1});
  data.metric.better = Better::lower;
  data.metric.min_change = 4;
  ComparisonRow result = compare_row(data);
  CHECK_FALSE(result.effect.value().is_ratio);
  CHECK(result.effect->estimate == -8.0);
  CHECK(result.verdict == Verdict::improved);
  CHECK(result.detectable_change.value() > 0.0);
  data.metric.min_change = 20;
  CHECK(compare_row(data).verdict == Verdict::significant_below_threshold);
  data.patched = {8.0, 9.0, 0.0, 8.0, 10.0};
  CHECK(compare_row(data).verdict == Verdict::no_change);
}

TEST_CASE("zero pooled variance: infinite t where the means differ, 0 where they do not") {
  const Comparison result = compare(contrast({row("same", {5, 5, 5, 5, 5}, {5, 5, 5, 5, 5}),
                                              row("step", {7, 7, 7, 7, 7}, {7.7, 7.7, 7.7, 7.7, 7.7}),
                                              row("other", kA, {103, 104, 105, 106, 100.5})}));
  CHECK(result.rows[0].family_p == 1.0);
  CHECK(result.rows[1].family_p.value() == Approx(2.0 / 252));
  CHECK(result.rows[1].verdict == Verdict::improved);
  CHECK(result.rows[1].effect->estimate == Approx(1.1));
  for (const ComparisonRow& row : result.rows) {
    CHECK(std::isfinite(row.effect->low));
    CHECK(std::isfinite(row.effect->high));
  }
}

TEST_CASE("a shift ten thousand times the spread ties with its mirror image") {
  const Values reference{1000.0001, 1000.0002, 1000.0003, 1000.0004, 1000.0006};
  Values patched;
  for (const double value : reference) patched.push_back(value * 1.5 + 0.00007);
  CHECK(compare_primary(reference, patched).family_p.value() == Approx(2.0 / 252));
}

TEST_CASE("extreme values give finite numbers") {
  const ComparisonRow result =
      compare_primary({1e-150, 2e-150, 1e-149, 3e-150, 1e-150}, {1e150, 1e149, 5e149, 1e150, 2e149});
  CHECK(std::isfinite(result.effect.value().estimate));
  CHECK(std::isfinite(result.effect->high));
  CHECK(result.verdict == Verdict::improved);
}

TEST_CASE("boots further than 5 MAD from the median are flagged and kept") {
  const ComparisonRow result = compare_primary({100, 101, 99, 102, 110.1}, {100, 101, 99, 102, 106});
  // Median 101, MAD 1.
  CHECK(result.reference[4].far);
  CHECK_FALSE(result.reference[3].far);
  CHECK_FALSE(result.patched[4].far);  // exactly 5 MAD
  CHECK(result.reference.size() == 5);
  CHECK(result.row_p.value() == Approx(244.0 / 252));  // U = 12 of 25
}

TEST_CASE("failed boots are a row of their own") {
  ContrastData data = contrast({row("case", kA, {117, 118})});
  data.patched.failed = 3;
  data.rows.front().metric.primary = true;
  const Comparison result = compare(data);
  CHECK(result.reference_boots == 5);
  CHECK(result.patched_boots == 2);
  CHECK(result.patched_failed == 3);
  REQUIRE(result.failures);
  const ComparisonRow& failures = *result.failures;
  CHECK(failures.case_name == "failed boots");
  CHECK(failures.note == "failed boots 0/5 vs 3/5");
  CHECK(failures.metric.better == Better::lower);
  CHECK(failures.metric.min_change == 0.5);
  CHECK(failures.reference_median == 0.0);
  CHECK(failures.patched_median == 1.0);
  CHECK(failures.patched.size() == 5);
  CHECK(failures.patched[0].boot == "series1");
  CHECK(failures.patched[2].boot == "failed");
  CHECK(failures.patched[2].value == 1.0);
  CHECK_FALSE(failures.effect.value().is_ratio);
  CHECK(failures.effect->estimate == 1.0);
  CHECK(failures.row_p.value() == Approx(42.0 / 252));  // all three in one arm: 2 C(7,2) ways
  CHECK(failures.verdict == Verdict::within_noise);
  CHECK_FALSE(compare(contrast({row("case", kA, kCase1)})).failures);
  data.patched.failed = 1;
  data.reference.failed = 1;
  const Comparison one_each = compare(data);
  for (const ComparedBoot& boot : one_each.failures.value().reference) CHECK_FALSE(boot.far);
}

TEST_CASE("beyond 200,000 labellings they are sampled, with the seed") {
  Random random(11);
  Values reference, patched;
  for (int i = 0; i < 12; ++i) {
    reference.push_back(100 + noise(random));
    patched.push_back(100.8 + noise(random));
  }
  ContrastData data = contrast({row("case", reference, patched)});
  data.seed = 5;
  const Comparison result = compare(data);
  CHECK(result.sampled);
  CHECK(result.labellings == 19'999);
  CHECK(result.seed == 5);
  const double p = result.rows.front().row_p.value();
  CHECK(p > 0.0);
  CHECK(p * 20'000 == Approx(std::round(p * 20'000)));
  CHECK(compare(data).rows.front().row_p == p);
  data.seed = 6;
  const double other = compare(data).rows.front().row_p.value();
  CHECK(other != p);
  CHECK(other == Approx(p).margin(4 * std::sqrt(p / 20'000) + 1e-4));

  Values separated;
  for (const double value : reference) separated.push_back(value * 2);
  CHECK(compare_primary(reference, separated).row_p.value() == Approx(1.0 / 20'000));
}

TEST_CASE("10+10 boots and lopsided arms are enumerated") {
  const Comparison ten = compare(contrast({row("case", Values(10, 1.0), Values(10, 2.0))}));
  CHECK_FALSE(ten.sampled);
  CHECK(ten.labellings == 184'756);
  CHECK(ten.rows.front().row_p.value() == Approx(2.0 / 184'756));
  const Comparison lopsided = compare(contrast({row("case", Values(30, 1.0), Values(3, 2.0))}));
  CHECK_FALSE(lopsided.sampled);
  CHECK(lopsided.labellings == 5456);
}

TEST_CASE("the header of a comparison repeats what it was made from") {
  ContrastData data = contrast({row("case", kA, kCase1)});
  data.delta = 0.03;
  data.order = BootOrder::uniform;
  const Comparison result = compare(data);
  CHECK(result.reference == "base");
  CHECK(result.patched == "series");
  CHECK(result.order == BootOrder::uniform);
  CHECK(result.delta == 0.03);
  CHECK(result.rows.front().workload == "workqueue");
  CHECK(result.rows.front().metric.unit == "items/s");
}

TEST_CASE("10,000 rows take well under two seconds of CPU") {
  Random random(3);
  std::vector<RowData> rows;
  for (int i = 0; i < 10'000; ++i) {
    Values reference, patched;
    for (int boot = 0; boot < 5; ++boot) {
      reference.push_back(100 + noise(random));
      patched.push_back(100 + noise(random));
    }
    rows.push_back(row(std::to_string(i), reference, patched));
  }
  const ContrastData data = contrast(std::move(rows));
  const std::clock_t begin = std::clock();
  const Comparison result = compare(data);
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  CHECK(result.rows.size() == 10'000);
  CHECK(seconds < 2.0);
}
