// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/confirmation.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "report/numbers.hpp"

namespace klab::report {
namespace {

const ComparisonRow* same_row(const Report& report, std::size_t contrast, const ComparisonRow& row) {
  if (contrast >= report.comparisons.size()) return nullptr;
  for (const auto& other : report.comparisons[contrast].rows)
    if (other.workload == row.workload && other.case_name == row.case_name && other.metric.name == row.metric.name) return &other;
  return nullptr;
}

bool rises(const ComparisonRow& row) { return row.effect->estimate > (row.effect->is_ratio ? 1.0 : 0.0); }

std::string_view settled(const ComparisonRow& first, const ComparisonRow& fresh) {
  if (!fresh.effect) return "not confirmed";
  const bool same = rises(first) == rises(fresh);
  switch (fresh.verdict) {
    case Verdict::improved:
    case Verdict::regressed:
      return same ? "confirmed" : "contradicted";
    case Verdict::significant_below_threshold:
      return same ? "confirmed, below threshold" : "not confirmed";
    case Verdict::suggestive:
      return same ? "not settled" : "not confirmed";
    default:
      return "not confirmed";
  }
}

std::string in_words(const ComparisonRow& row) { return fmt::format("{} ({})", name(row.verdict), effect_text(row.effect).estimate); }

}  // namespace

std::vector<std::string> confirmation_lines(const Report& report) {
  std::vector<std::string> lines;
  if (!report.confirmation_note.empty()) lines.push_back(report.confirmation_note);
  for (const auto& fresh : report.confirmation)
    for (std::size_t i = 0; i < report.comparisons.size(); ++i) {
      const auto& comparison = report.comparisons[i];
      for (const auto& row : comparison.rows) {
        if (!wants_confirmation(row, comparison.delta)) continue;
        const auto* again = same_row(fresh, i, row);
        lines.push_back(fmt::format("{}{}, {}: {}, in fresh boots {}: {}",
                                    report.comparisons.size() > 1 ? comparison.patched + ", " : "", row.case_name, row.metric.name,
                                    in_words(row), again ? in_words(*again) : "without a result",
                                    again ? settled(row, *again) : "not confirmed"));
      }
    }
  return lines;
}

}  // namespace klab::report
