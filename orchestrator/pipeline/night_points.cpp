// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/night_points.hpp"

#include <algorithm>
#include <cmath>

#include "pipeline/report_data.hpp"

namespace klab {

const Comparison* find_comparison(const Report& report, std::string_view reference, std::string_view patched) {
  for (const auto& comparison : report.comparisons)
    if (comparison.reference == reference && comparison.patched == patched) return &comparison;
  return nullptr;
}

const ComparisonRow* find_row(const Comparison& comparison, const RowKey& key) {
  for (const auto& row : comparison.rows)
    if (row.workload == key.workload && row.case_name == key.case_name && row.metric.name == key.metric) return &row;
  return nullptr;
}

Result<NightPoints> night_points(Lab& lab, const NightCell& cell) {
  NightPoints points;
  if (cell.kind == CellKind::aa || !cell.experiment) return points;
  auto record = lab.experiments.get(*cell.experiment);
  if (!record) return record.error();
  auto report = experiment_report(lab, *record);
  if (!report) return report.error();
  const auto* point = find_comparison(*report, arm_reference, arm_tonight);
  if (!point) return points;
  const auto* morning = find_comparison(*report, arm_last_good, arm_tonight);
  // Where last good is the reference itself, or its kernel, one comparison serves both.
  if (!morning && cell.last_good) morning = point;
  for (const auto& row : point->rows) {
    if (!row.effect || row.verdict == Verdict::insufficient_data) continue;
    if (!std::isfinite(row.effect->estimate) || !std::isfinite(row.effect->low) || !std::isfinite(row.effect->high)) continue;
    const RowKey key{row.workload, row.case_name, row.metric.name};
    TrendValue value;
    value.is_ratio = row.effect->is_ratio;
    value.estimate = row.effect->estimate;
    value.low = row.effect->low;
    value.high = row.effect->high;
    const auto* changed = morning ? find_row(*morning, key) : nullptr;
    if (changed && changed->effect) value.change = changed->effect->estimate - (changed->effect->is_ratio ? 1.0 : 0.0);
    if (changed) value.verdict = changed->verdict;
    points.emplace_back(key, value);
  }
  return points;
}

}  // namespace klab
