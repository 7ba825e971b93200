// SPDX-License-Identifier: GPL-3.0-or-later
#include "schedule/cell_verdict.hpp"

#include <fmt/format.h>

#include <cmath>
#include <vector>

namespace klab {
namespace {

double size_of(const ComparisonRow& row) {
  if (!row.effect) return 0.0;
  return row.effect->is_ratio ? std::abs(std::log(row.effect->estimate)) : std::abs(row.effect->estimate);
}

std::string describe(const ComparisonRow& row, std::size_t count, std::size_t all) {
  auto text = fmt::format("{} {} {}", row.workload, row.case_name, row.metric.name);
  if (row.effect && row.effect->is_ratio)
    text += fmt::format(" {:+.1f} % [{:+.1f}, {:+.1f}]", (row.effect->estimate - 1.0) * 100.0, (row.effect->low - 1.0) * 100.0,
                        (row.effect->high - 1.0) * 100.0);
  else if (row.effect)
    text += fmt::format(" {:+g} {} [{:+g}, {:+g}]", row.effect->estimate, row.metric.unit, row.effect->low, row.effect->high);
  if (row.family_p) text += fmt::format(", family p {:.3g}", *row.family_p);
  else if (row.row_p) text += fmt::format(", p {:.3g}", *row.row_p);
  if (count > 1) text += fmt::format("; {} of {} primary rows", count, all);
  return text;
}

}  // namespace

bool tonight_failed(const Comparison& c) {
  if (c.failures && c.failures->verdict == Verdict::regressed) return true;
  if (c.patched_failed == 0) return false;
  if (c.patched_boots == 0) return true;
  const long long tonight = c.patched_boots + c.patched_failed, before = c.reference_boots + c.reference_failed;
  return c.patched_failed * before > c.reference_failed * tonight;  // a/n > b/m without division
}

CellJudgement judge(const Comparison& comparison) {
  if (tonight_failed(comparison))
    return {CellVerdict::failed, fmt::format("{} of {} boots failed, of {} {} of {}", comparison.patched_failed,
                                             comparison.patched_failed + comparison.patched_boots, comparison.reference,
                                             comparison.reference_failed, comparison.reference_failed + comparison.reference_boots)};
  std::vector<const ComparisonRow*> primary;
  for (const auto& row : comparison.rows)
    if (row.metric.primary && row.verdict != Verdict::not_available) primary.push_back(&row);
  const auto worst = [&](std::initializer_list<Verdict> wanted, CellVerdict verdict) -> std::optional<CellJudgement> {
    const ComparisonRow* largest = nullptr;
    std::size_t count = 0;
    for (const auto* row : primary)
      if (std::find(wanted.begin(), wanted.end(), row->verdict) != wanted.end()) {
        ++count;
        if (!largest || size_of(*row) > size_of(*largest)) largest = row;
      }
    if (!largest) return std::nullopt;
    return CellJudgement{verdict, describe(*largest, count, primary.size())};
  };
  if (auto found = worst({Verdict::regressed}, CellVerdict::regressed)) return *found;
  if (auto found = worst({Verdict::improved}, CellVerdict::improved)) return *found;
  if (auto found = worst({Verdict::suggestive}, CellVerdict::suggestive)) return *found;
  if (worst({Verdict::within_noise}, CellVerdict::within_noise)) return {CellVerdict::within_noise, {}};
  // What is certain, and too small to matter, is no change either.
  if (worst({Verdict::no_change, Verdict::significant_below_threshold}, CellVerdict::no_change)) return {CellVerdict::no_change, {}};
  return {CellVerdict::insufficient_data, {}};
}

}  // namespace klab
