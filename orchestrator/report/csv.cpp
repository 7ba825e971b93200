// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "report/inert.hpp"
#include "report/numbers.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

constexpr std::string_view heading =
    "contrast,baseline,patched,workload,case,metric,unit,better,primary,baseline_boots,patched_boots,"
    "baseline_failed,patched_failed,baseline_median,patched_median,baseline_cv,patched_cv,effect_kind,effect,"
    "interval_low,interval_high,coverage,row_p,family_p,detectable_change,verdict,note,labels,experiment,noise_floor";

// What spreadsheets start a formula with, full-width forms included.
bool opens_formula(std::string_view text) {
  constexpr std::array<std::string_view, 8> openers{"=", "+", "-", "@", "＝", "＋", "－", "＠"};
  const std::string_view seen = trim(text);
  return std::any_of(openers.begin(), openers.end(), [&](auto opener) { return seen.starts_with(opener); });
}

std::string text_cell(std::string_view text) {
  std::string cell = opens_formula(text) ? "'" + std::string(text) : std::string(text);
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string line(const Report& report, std::size_t contrast, const ComparisonRow& row,
                 std::string_view case_name) {
  const Comparison& comparison = report.comparisons[contrast];
  const bool shown = report::is_shown(row.effect);
  const auto effect = [&](double Effect::*part) {
    return shown ? report::raw_number((*row.effect).*part) : std::string();
  };
  const std::vector<std::string> cells{fmt::format("{}", contrast + 1),
                                       text_cell(comparison.reference),
                                       text_cell(comparison.patched),
                                       text_cell(row.workload),
                                       text_cell(case_name),
                                       text_cell(row.metric.name),
                                       text_cell(row.metric.unit),
                                       std::string(name(row.metric.better)),
                                       row.metric.primary ? "yes" : "no",
                                       fmt::format("{}", row.reference.size()),
                                       fmt::format("{}", row.patched.size()),
                                       fmt::format("{}", comparison.reference_failed),
                                       fmt::format("{}", comparison.patched_failed),
                                       report::raw_number(row.reference_median),
                                       report::raw_number(row.patched_median),
                                       report::raw_number(row.reference_cv),
                                       report::raw_number(row.patched_cv),
                                       !shown                 ? ""
                                       : row.effect->is_ratio ? "ratio"
                                                              : "difference",
                                       effect(&Effect::estimate),
                                       effect(&Effect::low),
                                       effect(&Effect::high),
                                       effect(&Effect::coverage),
                                       report::raw_number(row.row_p),
                                       report::raw_number(row.family_p),
                                       report::raw_number(row.detectable_change),
                                       text_cell(name(row.verdict)),
                                       text_cell(row.note),
                                       text_cell(join(report.provenance.labels, "; ")),
                                       text_cell(report.provenance.experiment),
                                       row.floor ? report::raw_number(row.floor->size) : std::string()};
  return join(cells, ",") + "\r\n";
}

std::string lines(const Report& report) {
  std::string out;
  for (std::size_t i = 0; i < report.comparisons.size(); ++i) {
    for (const auto& row : report.comparisons[i].rows) out += line(report, i, row, row.case_name);
    const auto& failures = report.comparisons[i].failures;
    if (failures)
      out += line(report, i, *failures, failures->case_name.empty() ? "failed boots" : failures->case_name);
  }
  // Fresh boots are lines of their own; the column experiment tells them apart.
  for (const auto& fresh : report.confirmation) out += lines(fresh);
  return out;
}

}  // namespace

std::string render_csv(const Report& given) {
  return std::string(heading) + "\r\n" + lines(report::inert(given));
}

}  // namespace klab
