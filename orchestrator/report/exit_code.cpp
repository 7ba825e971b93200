// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/exit_code.hpp"

#include <algorithm>

namespace klab {
namespace {

bool failed(const Comparison& comparison) {
  if (comparison.failures && comparison.failures->verdict == Verdict::regressed) return true;
  if (comparison.patched_failed == 0) return false;
  if (comparison.patched_boots == 0) return true;
  // a/n > b/m without division
  const long long patched_total = comparison.patched_boots + comparison.patched_failed;
  const long long reference_total = comparison.reference_boots + comparison.reference_failed;
  return comparison.patched_failed * reference_total > comparison.reference_failed * patched_total;
}

bool regressed(const Comparison& comparison) {
  return std::any_of(comparison.rows.begin(), comparison.rows.end(),
                     [](const auto& row) { return row.metric.primary && row.verdict == Verdict::regressed; });
}

bool says_nothing(const Comparison& comparison) {
  return std::all_of(comparison.rows.begin(), comparison.rows.end(), [](const auto& row) {
    return row.verdict == Verdict::insufficient_data || row.verdict == Verdict::order_confounded ||
           row.verdict == Verdict::not_available;
  });
}

}  // namespace

const Report& deciding(const Report& report) {
  const bool fresh = !report.confirmation.empty() && !report.confirmation.front().comparisons.empty();
  return fresh ? report.confirmation.front() : report;
}

int exit_code(const Report& report) {
  if (report.confirmation_outcome && *report.confirmation_outcome != Outcome::ok)
    return is_failure(*report.confirmation_outcome) ? 2 : 3;
  const auto& all = deciding(report).comparisons;
  if (std::any_of(all.begin(), all.end(), failed)) return 2;
  if (std::any_of(all.begin(), all.end(), regressed)) return 1;
  if (all.empty() || std::any_of(all.begin(), all.end(), says_nothing)) return 3;
  return 0;
}

}  // namespace klab
