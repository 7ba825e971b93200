// SPDX-License-Identifier: GPL-3.0-or-later
#include "schedule/cell_verdict.hpp"

#include <catch2/catch.hpp>

using namespace klab;

namespace {

ComparisonRow row(Verdict verdict, double ratio = 1.0, bool primary = true, const std::string& name = "a") {
  ComparisonRow row;
  row.workload = "tiny";
  row.case_name = name;
  row.metric.name = "time";
  row.metric.primary = primary;
  row.verdict = verdict;
  row.effect = Effect{true, ratio, ratio - 0.01, ratio + 0.01, 0.97};
  row.family_p = 0.0079;
  return row;
}
Comparison of(std::vector<ComparisonRow> rows) {
  Comparison comparison;
  comparison.reference = "last-good";
  comparison.patched = "tonight";
  comparison.reference_boots = comparison.patched_boots = 5;
  comparison.rows = std::move(rows);
  return comparison;
}
CellVerdict verdict(std::vector<ComparisonRow> rows) { return judge(of(std::move(rows))).verdict; }

}  // namespace

TEST_CASE("cell verdict: the worst of the primary rows, with the row that shows it best") {
  const auto judged = judge(of({row(Verdict::no_change), row(Verdict::regressed, 1.05), row(Verdict::regressed, 1.2, true, "b"), row(Verdict::improved, 0.5)}));
  CHECK(judged.verdict == CellVerdict::regressed);
  CHECK(judged.reason == "tiny b time +20.0 % [+19.0, +21.0], family p 0.0079; 2 of 4 primary rows");
  CHECK(judge(of({row(Verdict::improved, 0.5), row(Verdict::suggestive)})).reason == "tiny a time -50.0 % [-51.0, -49.0], family p 0.0079");
  CHECK(verdict({row(Verdict::improved), row(Verdict::within_noise)}) == CellVerdict::improved);
  CHECK(verdict({row(Verdict::suggestive), row(Verdict::no_change)}) == CellVerdict::suggestive);
  CHECK(verdict({row(Verdict::within_noise), row(Verdict::no_change)}) == CellVerdict::within_noise);
  CHECK(verdict({row(Verdict::significant_below_threshold), row(Verdict::no_change)}) == CellVerdict::no_change);
  CHECK(verdict({row(Verdict::no_change), row(Verdict::not_available)}) == CellVerdict::no_change);
  CHECK(verdict({row(Verdict::insufficient_data)}) == CellVerdict::insufficient_data);
  CHECK(verdict({row(Verdict::not_available)}) == CellVerdict::insufficient_data);
  CHECK(verdict({row(Verdict::regressed, 2.0, false), row(Verdict::no_change)}) == CellVerdict::no_change);
  CHECK(verdict({}) == CellVerdict::insufficient_data);
}

TEST_CASE("cell verdict: failed boots come before everything else") {
  auto comparison = of({row(Verdict::improved, 0.5)});
  comparison.patched_failed = 2;
  comparison.patched_boots = 3;
  auto judged = judge(comparison);
  CHECK(judged.verdict == CellVerdict::failed);
  CHECK(judged.reason == "2 of 5 boots failed, of last-good 0 of 5");
  // As often as before: not tonight's doing.
  comparison.reference_failed = 2;
  comparison.reference_boots = 3;
  CHECK(judge(comparison).verdict == CellVerdict::improved);
  comparison.patched_boots = 0;
  comparison.reference_boots = 0;
  CHECK(judge(comparison).verdict == CellVerdict::failed);
}
