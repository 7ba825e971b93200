// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>

#include "fuzz/target.hpp"
#include "report/csv.hpp"
#include "report/json.hpp"
#include "report/text.hpp"
#include "report/html.hpp"
#include "stats/compare.hpp"
#include "stats/csv_import.hpp"
#include "util/text.hpp"

namespace klab::fuzz {
namespace {

void hold_number(const std::optional<double>& number, std::string_view what) {
  if (number) hold(std::isfinite(*number), "{} is not finite", what);
}

void hold_row(const ComparisonRow& row) {
  hold_number(row.reference_median, "a median");
  hold_number(row.patched_median, "a median");
  hold_number(row.row_p, "a p-value");
  hold_number(row.family_p, "a p-value");
  for (const auto& p : {row.row_p, row.family_p})
    if (p) hold(*p >= 0 && *p <= 1, "p is {}", *p);
  if (row.effect) {
    const auto& effect = *row.effect;
    hold(!std::isnan(effect.estimate) && !std::isnan(effect.low) && !std::isnan(effect.high), "an effect is NaN");
    hold(effect.low <= effect.estimate && effect.estimate <= effect.high, "{} lies outside {} to {}",
         effect.estimate, effect.low, effect.high);
    hold(effect.coverage >= 0 && effect.coverage <= 1, "coverage {}", effect.coverage);
  }
}

}  // namespace

void csv(std::string_view input) {
  // Permutations over many boots and rows take long by design.
  if (input.size() > 4096) return;
  const auto imported = import_csv(input, "f", std::nullopt, 0.02);
  if (!imported) return hold_error(imported.error(), "cannot read \"f\": ");
  hold(!imported->contrasts.empty(), "nothing to compare, and no error");
  Report report;
  report.provenance.title = "f";
  for (const auto& note : imported->notes) report.provenance.facts.emplace_back("note", note);
  for (const auto& contrast : imported->contrasts) report.comparisons.push_back(compare(contrast));
  for (const auto& comparison : report.comparisons)
    for (const auto& row : comparison.rows) hold_row(row);
  for (const auto& text : {render_text(report), render_json(report), render_html(report)})
    hold(text == printable_lines(text), "a report holds what is not printable");
  const std::string table = render_csv(report);
  hold(printable_lines(table).size() + static_cast<std::size_t>(std::count(table.begin(), table.end(), '\r')) ==
           table.size(),
       "a CSV report holds what is not printable");
}

}  // namespace klab::fuzz
