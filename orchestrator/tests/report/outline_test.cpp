// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/outline.hpp"

#include "report/strip_plot.hpp"
#include "report/words.hpp"
#include "tests/report/fixture.hpp"

namespace klab::report {
namespace {

TEST_CASE("rows group by workload and metric as first met, whatever their order") {
  Comparison comparison = test::workqueue_comparison();
  std::swap(comparison.rows[1], comparison.rows[7]);
  ComparisonRow other = comparison.rows[0];
  other.workload = "lru-drain";
  comparison.rows.insert(comparison.rows.begin() + 3, other);
  const auto groups = outline(comparison);
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].workload == "workqueue");
  REQUIRE(groups[0].metrics.size() == 2);
  CHECK(groups[0].metrics[0].metric->name == "throughput");
  CHECK(groups[0].metrics[0].rows.size() == 6);
  CHECK(groups[0].metrics[1].rows.size() == 6);
  CHECK(groups[0].summary == std::pair<std::size_t, std::size_t>{0, 1});
  CHECK(groups[1].workload == "lru-drain");
  CHECK_FALSE(groups[1].summary);
  CHECK(find_case(groups[0].metrics[1], "numa")->patched_median == 17538);
  CHECK(find_case(groups[0].metrics[1], "nowhere") == nullptr);
  CHECK(family_size(comparison) == 11);
}

TEST_CASE("the short table wants two primary metrics") {
  Comparison comparison = test::workqueue_comparison();
  for (auto& row : comparison.rows)
    if (row.metric.name == "p95") row.metric.primary = false;
  CHECK_FALSE(outline(comparison)[0].summary);
}

TEST_CASE("equal notes are said once, with all their cases") {
  Comparison comparison = test::workqueue_comparison();
  comparison.rows[0].note = comparison.rows[6].note = comparison.rows[1].note = "4 of 5 boots";
  comparison.rows[2].note.clear();
  comparison.rows[10].reference[0].far = true;
  comparison.rows[10].reference[1].far = true;
  CHECK(notes(outline(comparison)[0]) ==
        std::vector<std::string>{
            "cpu, smt: 4 of 5 boots", "cache_shard: not available in these kernels",
            "cache_shard: the kernel reads affinity_scope back as cache",
            "numa: baseline boots 17-1, 17-3 lie further than 5 MAD from the median of p95; kept",
            "numa: patched boot 17-7 lies further than 5 MAD from the median of p95; kept"});
}

TEST_CASE("the legend has a line per verdict that occurs") {
  Report report = test::workqueue_report();
  auto& rows = report.comparisons[0].rows;
  rows.resize(4);
  rows[0].verdict = Verdict::suggestive;
  rows[1].verdict = Verdict::order_confounded;
  rows[2].verdict = Verdict::insufficient_data;
  rows[3].verdict = Verdict::regressed;
  CHECK(legend(report) ==
        std::vector<std::string>{
            "regressed: family p <= 0.05, interval excludes no change, at least 2 %",
            "suggestive: only the row's own p is <= 0.05; wants a confirmation",
            "insufficient (insufficient data): too few boots for any p <= 0.05; says nothing either way",
            "confounded (order-confounded): boots ran as two blocks; drift and patch cannot be told apart"});
}

TEST_CASE("intervals of unequal arms name the least and the greatest coverage") {
  Report report = test::workqueue_report();
  report.comparisons[0].rows[0].effect->coverage = 0.9643;
  CHECK(method(report)[1] ==
        "interval: covers the true change with 96.43 % to 96.83 %, if the boots are exchangeable");
}

TEST_CASE("a strip puts both arms on one scale that the interval may stretch") {
  ComparisonRow row;
  row.metric = test::p95;
  row.reference = {{"1", 1, 100, false}, {"3", 0, 200, true}};
  row.patched = {{"2", 2, 150, false}};
  row.reference_median = 150;
  row.patched_median = 150;
  auto plot = strip_plot(row);
  REQUIRE(plot);
  CHECK(plot->low == "100");
  CHECK(plot->high == "200");
  CHECK(plot->reference[0].at == Approx(3));
  CHECK(plot->reference[0].title == "boot 1, slot 1: 100 ns");
  CHECK(plot->reference[1].at == Approx(97));
  CHECK(plot->reference[1].title == "boot 3: 200 ns, further than 5 MAD from its arm's median");
  CHECK(plot->reference[1].far);
  CHECK(plot->patched[0].at == Approx(50));
  CHECK(*plot->patched_median == Approx(50));
  CHECK_FALSE(plot->interval);

  row.effect = Effect{true, 1.0, 1.0, 1000.0, 0.96};  // stretches by one span at most
  plot = strip_plot(row);
  CHECK(plot->low == "100");
  CHECK(plot->high == "300");
  CHECK(plot->interval->from == Approx(26.5));
  CHECK(plot->interval->to == Approx(97));

  row.effect = Effect{false, 0, -25, 25, 0.96};
  plot = strip_plot(row);
  CHECK(plot->interval->from == Approx(26.5));
  CHECK(plot->interval->to == Approx(73.5));
}

TEST_CASE("a strip of equal values has a width, one of none does not exist") {
  ComparisonRow row;
  CHECK_FALSE(strip_plot(row));
  row.reference = {{"1", 1, 0, false}};
  row.patched = {{"2", 2, 0, false}};
  CHECK(strip_plot(row)->reference[0].at == Approx(50));
  row.patched[0].value = std::numeric_limits<double>::quiet_NaN();
  CHECK(strip_plot(row)->patched.empty());
  row.reference[0].value = -1e308;
  row.patched[0].value = 1e308;
  CHECK_FALSE(strip_plot(row));
}

}  // namespace
}  // namespace klab::report
