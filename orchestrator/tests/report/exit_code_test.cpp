// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/exit_code.hpp"

#include "tests/report/fixture.hpp"

namespace klab {
namespace {

Comparison with(std::vector<Verdict> verdicts, bool primary = true) {
  Comparison comparison;
  comparison.reference_boots = comparison.patched_boots = 5;
  for (const Verdict verdict : verdicts) {
    ComparisonRow row;
    row.metric.primary = primary;
    row.verdict = verdict;
    comparison.rows.push_back(row);
  }
  return comparison;
}

Comparison failing(int reference_failed, int patched_failed) {
  Comparison comparison = with({Verdict::improved});
  comparison.reference_failed = reference_failed;
  comparison.reference_boots = 5 - reference_failed;
  comparison.patched_failed = patched_failed;
  comparison.patched_boots = 5 - patched_failed;
  return comparison;
}

int code(std::vector<Comparison> comparisons) { return exit_code(Report{{}, std::move(comparisons)}); }

TEST_CASE("same or better is 0, also when nothing was shown") {
  CHECK(code({with({Verdict::improved, Verdict::not_available})}) == 0);
  CHECK(code({with({Verdict::within_noise, Verdict::insufficient_data})}) == 0);
  CHECK(code({with({Verdict::no_change, Verdict::suggestive, Verdict::significant_below_threshold})}) == 0);
}

TEST_CASE("one primary regression is 1, whatever improved; another row's is not") {
  CHECK(code({with({Verdict::improved, Verdict::regressed})}) == 1);
  CHECK(code({with({Verdict::improved}), with({Verdict::regressed})}) == 1);
  CHECK(code({with({Verdict::regressed}, false)}) == 0);
  CHECK(exit_code(test::workqueue_report()) == 1);
}

TEST_CASE("more failures under the patch are 2 without a p-value; as many are not") {
  CHECK(code({failing(0, 1)}) == 2);
  CHECK(code({failing(1, 3)}) == 2);
  CHECK(code({failing(1, 1)}) == 0);
  CHECK(code({failing(3, 1)}) == 0);
  CHECK(code({failing(5, 5)}) == 2);
  CHECK(exit_code(test::odd_report()) == 2);
  Comparison comparison = with({Verdict::improved});
  comparison.failures.emplace().verdict = Verdict::regressed;
  CHECK(code({comparison}) == 2);
}

TEST_CASE("shares of failed boots are compared, not counts") {
  Comparison comparison = with({Verdict::no_change});
  comparison.reference_boots = 2;
  comparison.reference_failed = 2;
  comparison.patched_boots = 7;
  comparison.patched_failed = 3;
  CHECK(code({comparison}) == 0);
  comparison.reference_boots = 8;
  CHECK(code({comparison}) == 2);
}

TEST_CASE("nothing to go by is 3") {
  CHECK(code({}) == 3);
  CHECK(code({with({})}) == 3);
  CHECK(code({with({Verdict::insufficient_data, Verdict::order_confounded, Verdict::not_available})}) == 3);
  CHECK(code({with({Verdict::improved}), with({Verdict::insufficient_data})}) == 3);
}

TEST_CASE("fresh boots that ended badly are no success") {
  Report report{{}, {with({Verdict::suggestive})}};
  CHECK(exit_code(report) == 0);
  for (const auto outcome : {Outcome::crashed, Outcome::hung, Outcome::boot_failed}) {
    report.confirmation_outcome = outcome;
    CHECK(exit_code(report) == 2);
  }
  for (const auto outcome : {Outcome::lab_error, Outcome::interrupted, Outcome::cancelled}) {
    report.confirmation_outcome = outcome;
    CHECK(exit_code(report) == 3);
  }
  report.confirmation_outcome = Outcome::ok;
  report.confirmation = {Report{{}, {with({Verdict::regressed})}}};
  CHECK(exit_code(report) == 1);
}

TEST_CASE("failed before regressed before nothing to go by") {
  CHECK(code({with({Verdict::insufficient_data}), with({Verdict::regressed}), failing(0, 1)}) == 2);
  CHECK(code({with({Verdict::insufficient_data}), with({Verdict::regressed})}) == 1);
}

}  // namespace
}  // namespace klab
