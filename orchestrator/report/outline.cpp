// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/outline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "report/numbers.hpp"
#include "util/text.hpp"

namespace klab::report {
namespace {

template <class Range, class Matches>
auto& found_or_added(Range& range, Matches matches) {
  const auto at = std::find_if(range.begin(), range.end(), matches);
  return at == range.end() ? range.emplace_back() : *at;
}

bool same_metric(const Metric& a, const Metric& b) {
  return a.name == b.name && a.unit == b.unit && a.better == b.better;
}

std::optional<std::pair<std::size_t, std::size_t>> summary_of(const std::vector<MetricGroup>& metrics) {
  std::vector<std::size_t> primary;
  for (std::size_t i = 0; i < metrics.size(); ++i)
    if (metrics[i].metric->primary) primary.push_back(i);
  if (primary.size() < 2) return std::nullopt;
  return std::pair{primary[0], primary[1]};
}

std::string far_note(const ComparisonRow& row, const std::vector<ComparedBoot>& boots, std::string_view arm) {
  std::vector<std::string> names;
  for (const auto& boot : boots)
    if (boot.far) names.push_back(boot.boot);
  if (names.empty()) return {};
  return fmt::format("{} boot{} {} {} further than 5 MAD from the median of {}; kept", arm,
                     names.size() == 1 ? "" : "s", join(names, ", "), names.size() == 1 ? "lies" : "lie",
                     row.metric.name);
}

}  // namespace

std::vector<WorkloadGroup> outline(const Comparison& comparison) {
  std::vector<WorkloadGroup> groups;
  for (const auto& row : comparison.rows) {
    auto& group = found_or_added(groups, [&](const auto& g) { return g.workload == row.workload; });
    group.workload = row.workload;
    auto& metric =
        found_or_added(group.metrics, [&](const auto& m) { return same_metric(*m.metric, row.metric); });
    if (metric.metric == nullptr) metric.metric = &row.metric;
    metric.rows.push_back(&row);
  }
  for (auto& group : groups) group.summary = summary_of(group.metrics);
  return groups;
}

const ComparisonRow* find_case(const MetricGroup& group, const std::string& case_name) {
  for (const auto* row : group.rows)
    if (row->case_name == case_name) return row;
  return nullptr;
}

std::vector<std::string> notes(const WorkloadGroup& group) {
  std::vector<std::pair<std::string, std::vector<std::string>>> said;  // sentence, cases
  const auto say = [&](const std::string& sentence, const std::string& case_name) {
    if (sentence.empty()) return;
    auto& entry = found_or_added(said, [&](const auto& s) { return s.first == sentence; });
    entry.first = sentence;
    if (std::find(entry.second.begin(), entry.second.end(), case_name) == entry.second.end())
      entry.second.push_back(case_name);
  };
  for (const auto& metric : group.metrics) {
    for (const auto* row : metric.rows) {
      const bool unexplained = row->verdict == Verdict::not_available && row->note.empty();
      say(unexplained ? "not available in these kernels" : row->note, row->case_name);
      say(far_note(*row, row->reference, "baseline"), row->case_name);
      say(far_note(*row, row->patched, "patched"), row->case_name);
    }
  }
  std::vector<std::string> out;
  for (const auto& [sentence, cases] : said) out.push_back(join(cases, ", ") + ": " + sentence);
  return out;
}

std::size_t family_size(const Comparison& comparison) {
  return static_cast<std::size_t>(std::count_if(comparison.rows.begin(), comparison.rows.end(),
                                                [](const auto& row) { return row.family_p.has_value(); }));
}

std::vector<Verdict> verdicts(const Report& report) {
  std::set<Verdict> met;
  for (const auto& comparison : report.comparisons) {
    for (const auto& row : comparison.rows) met.insert(row.verdict);
    if (comparison.failures) met.insert(comparison.failures->verdict);
  }
  return {met.begin(), met.end()};
}

std::vector<double> coverages(const Report& report) {
  std::set<double> met;
  for (const auto& comparison : report.comparisons)
    for (const auto& row : comparison.rows)
      if (is_shown(row.effect)) met.insert(row.effect->coverage);
  return {met.begin(), met.end()};
}

}  // namespace klab::report
