// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "report/numbers.hpp"
#include "report/outline.hpp"
#include "util/text.hpp"

namespace klab::report {
namespace {

std::string coverage_words(const std::vector<double>& coverages) {
  const auto percent = [](double coverage) { return fmt::format("{:.2f} %", coverage * 100.0); };
  if (coverages.size() == 1) return percent(coverages.front());
  return fmt::format("{} to {}", percent(coverages.front()), percent(coverages.back()));
}

bool has_floors(const Comparison& comparison) {
  return std::any_of(comparison.rows.begin(), comparison.rows.end(), [](const auto& row) { return row.floor.has_value(); });
}
bool has_floors(const Report& report) {
  return std::any_of(report.comparisons.begin(), report.comparisons.end(), [](const auto& c) { return has_floors(c); });
}

// "over 20 A/A runs", or "over 5 to 20".
std::string floors_line(const Report& report) {
  int least = 0, most = 0;
  for (const auto& comparison : report.comparisons)
    for (const auto& row : comparison.rows) {
      if (!row.floor) continue;
      least = least == 0 ? row.floor->runs : std::min(least, row.floor->runs);
      most = std::max(most, row.floor->runs);
    }
  return fmt::format("noise floor: what equal kernels differ by on this host, the 95th percentile over {}{} A/A runs", least,
                     most > least ? fmt::format(" to {}", most) : std::string());
}

std::string thresholds(const Report& report) {
  if (has_floors(report)) return "the row's threshold";
  std::set<double> deltas;
  for (const auto& comparison : report.comparisons) deltas.insert(comparison.delta);
  if (deltas.size() == 1) return threshold_text(*deltas.begin());
  return "the contrast's threshold";
}

}  // namespace

std::string_view short_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::significant_below_threshold:
      return "below threshold";
    case Verdict::within_noise:
      return "within noise";
    case Verdict::insufficient_data:
      return "insufficient";
    case Verdict::order_confounded:
      return "confounded";
    default:
      return name(verdict);
  }
}

std::string meaning(Verdict verdict, std::string_view threshold) {
  switch (verdict) {
    case Verdict::improved:
    case Verdict::regressed:
      return fmt::format("family p <= 0.05, interval excludes no change, at least {}", threshold);
    case Verdict::significant_below_threshold:
      return fmt::format("family p <= 0.05, but less than {}", threshold);
    case Verdict::suggestive:
      return "only the row's own p is <= 0.05; wants a confirmation";
    case Verdict::no_change:
      return fmt::format("the whole interval lies within {}", threshold);
    case Verdict::within_noise:
      return "no difference shown; a smaller one than could have been seen may exist";
    case Verdict::insufficient_data:
      return "too few boots for any p <= 0.05; says nothing either way";
    case Verdict::order_confounded:
      return "boots ran as two blocks; drift and patch cannot be told apart";
    case Verdict::not_available:
      return "not measured, see the notes";
  }
  return "unknown";
}

std::vector<std::string> legend(const Report& report) {
  std::vector<std::string> lines;
  const std::string threshold = thresholds(report);
  std::string before;
  for (const Verdict verdict : verdicts(report)) {
    const std::string_view brief = short_name(verdict);
    std::string term =
        brief == name(verdict) ? std::string(brief) : fmt::format("{} ({})", brief, name(verdict));
    const std::string said = meaning(verdict, threshold);
    if (said == before) {  // improved and regressed
      term = lines.back().substr(0, lines.back().find(':')) + ", " + term;
      lines.pop_back();
    }
    before = said;
    lines.push_back(fmt::format("{}: {}", term, said));
  }
  return lines;
}

std::vector<std::string> method(const Report& report) {
  std::vector<std::string> lines{
      "change: median of all ratios between a patched and a baseline boot, less 1; not the ratio of the "
      "medians"};
  bool differences = false, noise = false;
  for (const auto& comparison : report.comparisons) {
    for (const auto& row : comparison.rows) {
      differences = differences || (is_shown(row.effect) && !row.effect->is_ratio);
      noise = noise || (row.verdict == Verdict::within_noise && row.detectable_change);
    }
  }
  if (differences)
    lines.push_back("change without %: a difference in the metric's unit, where a ratio has no meaning");
  const auto covered = coverages(report);
  if (!covered.empty())
    lines.push_back(fmt::format("interval: covers the true change with {}, if the boots are exchangeable",
                                coverage_words(covered)));
  lines.push_back("family p: held over all primary rows of the contrast; row p: this row alone");
  lines.push_back("CV: standard deviation over mean of the boots");
  if (has_floors(report)) lines.push_back(floors_line(report));
  if (noise) lines.push_back("could have seen: the change this many boots would have found in 4 of 5 runs");
  return lines;
}

std::string boots_sentence(const Comparison& comparison) {
  const bool failed = comparison.reference_failed > 0 || comparison.patched_failed > 0;
  return fmt::format("{} + {} boots{}", comparison.reference_boots, comparison.patched_boots,
                     failed ? " with results" : ", none failed");
}

std::string order_sentence(const Comparison& comparison) {
  std::string order = "order of boots not known (imported)";
  if (comparison.order == BootOrder::balanced) order = "balanced random order";
  if (comparison.order == BootOrder::uniform) order = "random order";
  return fmt::format(
      "{}, seed {}; p-values over {}{} labellings", order, comparison.seed, comparison.sampled ? "" : "all ",
      with_thousands(static_cast<long long>(comparison.labellings)) + (comparison.sampled ? " sampled" : ""));
}

std::string family_sentence(const Comparison& comparison) {
  const std::size_t rows = family_size(comparison);
  const std::string threshold = fmt::format("practical threshold {}{}; ", threshold_text(comparison.delta),
                                            has_floors(comparison) ? ", or the row's noise floor where that is larger" : "");
  if (rows == 0) return threshold + "no row has a family p";
  return fmt::format("{}family of {} primary row{}", threshold, rows, rows == 1 ? "" : "s");
}

std::string failures_sentence(const Comparison& comparison) {
  if (comparison.reference_failed == 0 && comparison.patched_failed == 0) return {};
  std::string sentence =
      fmt::format("failed boots {}/{} vs {}/{}", comparison.reference_failed,
                  comparison.reference_boots + comparison.reference_failed, comparison.patched_failed,
                  comparison.patched_boots + comparison.patched_failed);
  if (!comparison.failures) return sentence;
  const ComparisonRow& row = *comparison.failures;
  sentence += fmt::format(": {}", name(row.verdict));
  if (row.row_p) sentence += fmt::format(" (row p {})", p_text(row.row_p));
  if (!row.note.empty()) sentence += "; " + row.note;
  return sentence;
}

std::string contrasts_sentence(const Report& report) {
  if (report.comparisons.size() < 2) return {};
  return fmt::format("{} contrasts; each holds its family error at 5 %, all of them together do not.",
                     report.comparisons.size());
}

}  // namespace klab::report
