// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/arms_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace klab::report {
namespace {

bool same_row(const ComparisonRow& a, const ComparisonRow& b) {
  return a.workload == b.workload && a.case_name == b.case_name && a.metric.name == b.metric.name;
}

const ComparisonRow* find_row(const Comparison& comparison, const ComparisonRow& like) {
  for (const auto& row : comparison.rows)
    if (same_row(row, like)) return &row;
  return nullptr;
}

ArmsLine line_of(const Report& report, const ReportArm& arm, const ComparisonRow& like) {
  ArmsLine line;
  line.arm = &arm;
  for (const auto& comparison : report.comparisons) {
    const auto* row = find_row(comparison, like);
    if (row == nullptr) continue;
    if (comparison.patched == arm.label && line.row == nullptr) {
      line.row = row;
      line.reference = comparison.reference;
      line.median = row->patched_median;
    } else if (comparison.reference == arm.label && line.row == nullptr) {
      line.median = row->reference_median;
    }
  }
  return line;
}

ArmsTable table_of(const Report& report, const ComparisonRow& like) {
  ArmsTable table;
  table.workload = like.workload;
  table.case_name = like.case_name;
  table.metric = &like.metric;
  for (const auto& arm : report.arms) {
    auto group = std::find_if(table.groups.begin(), table.groups.end(), [&](const auto& g) { return g.heading == arm.heading; });
    if (group == table.groups.end()) group = table.groups.insert(table.groups.end(), ArmsGroup{arm.heading, {}});
    group->lines.push_back(line_of(report, arm, like));
  }
  for (const auto& group : table.groups)
    for (const auto& line : group.lines)
      if (line.row != nullptr && line.reference != group.lines.front().arm->label) table.names_references = true;
  return table;
}

}  // namespace

std::vector<ArmsTable> arms_tables(const Report& report) {
  std::vector<ArmsTable> tables;
  if (report.arms.size() <= 2) return tables;
  for (const auto& comparison : report.comparisons)
    for (const auto& row : comparison.rows) {
      if (!row.metric.primary) continue;
      const auto known = [&](const ArmsTable& table) {
        return table.workload == row.workload && table.case_name == row.case_name && table.metric->name == row.metric.name;
      };
      if (std::none_of(tables.begin(), tables.end(), known)) tables.push_back(table_of(report, row));
    }
  return tables;
}

std::string arms_caption(const ArmsTable& table) {
  const auto& unit = table.metric->unit;
  return fmt::format("{}{}{}: {} ({}{}{} is better)", table.workload, table.case_name.empty() ? "" : ", ", table.case_name,
                     table.metric->name, unit, unit.empty() ? "" : ", ", name(table.metric->better));
}

}  // namespace klab::report
