// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "report/arms_table.hpp"
#include "report/confirmation.hpp"
#include "report/inert.hpp"
#include "report/layout.hpp"
#include "report/numbers.hpp"
#include "report/outline.hpp"
#include "report/profile_text.hpp"
#include "report/side_by_side.hpp"
#include "report/words.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

using namespace report;  // NOLINT: the room's own helpers

constexpr std::size_t line_width = 72;
constexpr std::size_t least_case_width = 8;

std::string paragraph(std::string_view text) { return wrap(text, line_width); }
std::string item(std::string_view text) { return wrap(text, line_width, 4, 2); }

std::string underlined(std::string_view text, char rule) {
  const std::string lines = paragraph(text);
  std::size_t widest = 0;
  for (const auto& line : split_lines(lines)) widest = std::max(widest, columns(line));
  return lines.empty() ? lines : lines + std::string(widest, rule) + "\n";
}

// "; TCG, overcommitted": stands beside every table, since a table is what gets quoted.
std::string labelled(const Provenance& provenance) {
  return provenance.labels.empty() ? std::string() : "; " + join(provenance.labels, ", ");
}

std::string marked_change(const ComparisonRow* row) {
  if (row == nullptr) return "n/a  ";
  const std::string change = effect_text(row->effect).estimate;
  if (row->verdict == Verdict::improved) return change + " *";
  if (row->verdict == Verdict::regressed) return change + " !";
  return change + "  ";
}

std::string short_table(const WorkloadGroup& group) {
  const MetricGroup& lead = group.metrics[group.summary->first];
  const MetricGroup& second = group.metrics[group.summary->second];
  const std::string unit = cut(lead.metric->unit, 10);
  std::vector<std::vector<std::string>> rows;
  for (const auto* row : lead.rows)
    rows.push_back({row->case_name, value_text(row->reference_median), value_text(row->patched_median),
                    marked_change(row), marked_change(find_case(second, row->case_name))});
  return table({{"case", false, least_case_width},
                {"baseline\n" + unit},
                {"patched\n" + unit},
                {cut(lead.metric->name, 12) + "  \nchange  "},
                {cut(second.metric->name, 12) + "  \nchange  "}},
               rows, line_width) +
         paragraph(fmt::format("* improved, ! regressed, else see below; {}: {} is better, {}: {}",
                               lead.metric->name, name(lead.metric->better), second.metric->name,
                               name(second.metric->better)));
}

std::string verdict_table(const MetricGroup& group) {
  std::vector<std::vector<std::string>> rows;
  for (const auto* row : group.rows) {
    const EffectText effect = effect_text(row->effect);
    rows.push_back({row->case_name, value_text(row->reference_median), value_text(row->patched_median),
                    effect.estimate, effect.interval, std::string(short_name(row->verdict))});
  }
  return table({{"case", false, least_case_width},
                {"baseline"},
                {"patched"},
                {"change"},
                {"interval"},
                {"verdict", false}},
               rows, line_width);
}

std::string spread_table(const MetricGroup& group) {
  const bool floors = std::any_of(group.rows.begin(), group.rows.end(), [](const auto* row) { return row->floor.has_value(); });
  std::vector<std::vector<std::string>> rows;
  for (const auto* row : group.rows) {
    if (row->verdict == Verdict::not_available) continue;
    const bool noise = row->verdict == Verdict::within_noise;
    rows.push_back({row->case_name, p_text(row->family_p), p_text(row->row_p),
                    percent_text(row->reference_cv), percent_text(row->patched_cv),
                    noise ? detectable_text(*row) : std::string()});
    if (floors) rows.back().push_back(floor_text(*row));
  }
  if (rows.empty()) return {};
  std::vector<TableColumn> heads{{"case", false, least_case_width},
                                 {"family p"},
                                 {"row p"},
                                 {"CV\nbaseline"},
                                 {"CV\npatched"},
                                 {"could\nhave seen"}};
  if (floors) heads.push_back({"noise\nfloor"});
  return "\n" + table(heads, rows, line_width);
}

std::string metric_heading(const MetricGroup& group, const Provenance& provenance) {
  const Metric& metric = *group.metric;
  return paragraph(fmt::format("{} ({}{}{} is better{}){}:", metric.name, metric.unit,
                               metric.unit.empty() ? "" : ", ", name(metric.better),
                               metric.primary ? "" : ", not in the family", labelled(provenance)));
}

std::string workload_section(const WorkloadGroup& group, const Comparison& comparison,
                             const Provenance& provenance) {
  std::string out = underlined(group.workload, '-');
  const auto said = notes(group);
  const auto add_notes = [&] {
    for (const auto& note : said) out += item(note);
  };
  if (group.summary) {
    out += paragraph(fmt::format("medians of {} + {} boots{}:", comparison.reference_boots,
                                 comparison.patched_boots, labelled(provenance)));
    out += "\n" + short_table(group);
    add_notes();
  }
  for (const auto& metric : group.metrics) {
    out += "\n" + metric_heading(metric, provenance);
    out += "\n" + verdict_table(metric) + spread_table(metric);
  }
  if (!group.summary && !said.empty()) {
    out += "\n";
    add_notes();
  }
  return out;
}

std::string contrast_section(const Report& report, std::size_t index) {
  const Comparison& comparison = report.comparisons[index];
  std::string heading = fmt::format("{} vs {}", comparison.reference, comparison.patched);
  if (report.comparisons.size() > 1)
    heading = fmt::format("Contrast {} of {}: {}", index + 1, report.comparisons.size(), heading);
  std::string out = underlined(heading, '=');
  if (comparison.reference != "baseline" || comparison.patched != "patched")
    out += paragraph(fmt::format("baseline: {}; patched: {}", comparison.reference, comparison.patched));
  out += paragraph(boots_sentence(comparison) + labelled(report.provenance));
  out += paragraph(order_sentence(comparison));
  out += paragraph(family_sentence(comparison));
  out += paragraph(failures_sentence(comparison));
  const std::string profile = profile_section(comparison, report.provenance);
  if (comparison.rows.empty()) return out + "\nNo rows: no boot gave a result that could be compared.\n" + profile;
  for (const auto& group : outline(comparison))
    out += "\n" + workload_section(group, comparison, report.provenance);
  return out + profile;
}

std::string arms_section(const Report& report) {
  const auto tables = arms_tables(report);
  if (tables.empty()) return {};
  std::string out = "\n" + underlined("All arms", '=');
  for (const auto& arms : tables) {
    std::vector<std::vector<std::string>> rows;
    const auto add = [&](std::vector<std::string> cells, const std::string& reference) {
      if (arms.names_references) cells.push_back(reference);
      rows.push_back(std::move(cells));
    };
    for (const auto& group : arms.groups) {
      if (!group.heading.empty()) add({group.heading, "", "", ""}, "");
      for (const auto& line : group.lines) {
        const std::string title = (group.heading.empty() ? "" : "  ") + line.arm->title;
        if (line.row == nullptr)
          add({title, value_text(line.median), "", ""}, "");
        else
          add({title, value_text(line.median), effect_text(line.row->effect).estimate, std::string(short_name(line.row->verdict))},
              line.reference);
      }
    }
    std::vector<TableColumn> heads{{"arm", false, 12}, {"median"}, {"change"}, {"verdict", false}};
    if (arms.names_references) heads.push_back({"against", false, 7});
    out += "\n" + paragraph(arms_caption(arms) + labelled(report.provenance) + ":");
    out += "\n" + table(heads, rows, line_width);
  }
  return out;
}

std::string facts_section(const Report& report) {
  if (report.facts.empty()) return {};
  std::string out = "\nHow it was measured\n";
  for (const auto& fact : report.facts) {
    const std::string head = fmt::format("{}, {}{}{}", fact.workload, fact.name, fact.description.empty() ? "" : ": ",
                                         fact.description);
    out += item(head + ":");
    for (const auto& [text, where] : fact.said)
      out += wrap(where.empty() ? text : fmt::format("{} ({})", text, where), line_width, 6, 4);
  }
  return out;
}

std::string heading(const Provenance& provenance) {
  std::string out = paragraph(provenance.title);
  std::vector<std::string> parts;
  if (!provenance.experiment.empty()) parts.push_back("experiment " + provenance.experiment);
  if (!provenance.labels.empty()) parts.push_back(join(provenance.labels, ", "));
  return out + paragraph(join(parts, "; "));
}

std::string list(std::string_view title, const std::vector<std::string>& lines) {
  if (lines.empty()) return {};
  std::string out = fmt::format("\n{}\n", title);
  for (const auto& line : lines) out += item(line);
  return out;
}

std::string confirmation_section(const Report& report) {
  std::string out;
  const auto lines = confirmation_lines(report);
  if (!lines.empty()) {
    out += "\n" + underlined("Confirmation", '=');
    for (const auto& line : lines) out += item(line);
  }
  for (const auto& fresh : report.confirmation) out += "\n" + render_text(fresh);
  return out;
}

}  // namespace

std::string render_text(const Report& given) {
  const Report report = inert(given);
  std::string out = heading(report.provenance);
  if (report.comparisons.empty()) {
    out += "\nNo contrasts: nothing was compared.\n";
  } else {
    out += paragraph(contrasts_sentence(report));
    const auto beside = side_by_side(report);
    if (!beside.empty())
      out += "\n" + underlined("Machines side by side", '=') + side_by_side_text(beside, labelled(report.provenance), line_width);
    if (!covers_all_arms(beside, report)) out += arms_section(report);
    for (std::size_t i = 0; i < report.comparisons.size(); ++i) out += "\n" + contrast_section(report, i);
    out += list("Verdicts", legend(report));
    out += list("Numbers", method(report));
  }
  out += facts_section(report);
  std::vector<std::string> facts;
  for (const auto& [key, value] : report.provenance.facts) facts.push_back(key + ": " + value);
  out += list("Where they come from", facts);
  return out + confirmation_section(report);
}

std::string report::mail_tables(const Report& report) {
  std::string out;
  const auto beside = side_by_side(report);
  if (!beside.empty()) out += side_by_side_text(beside, labelled(report.provenance), line_width);
  for (const auto& whole : report.comparisons) {
    Comparison comparison = whole;
    std::erase_if(comparison.rows, [](const ComparisonRow& row) { return !row.metric.primary; });
    if (comparison.rows.empty()) continue;
    std::string contrast;
    if (report.comparisons.size() > 1 || comparison.reference != "baseline" || comparison.patched != "patched")
      contrast += paragraph(fmt::format("baseline: {}; patched: {}", comparison.reference, comparison.patched));
    contrast += paragraph(boots_sentence(comparison) + labelled(report.provenance));
    contrast += paragraph(order_sentence(comparison));
    contrast += paragraph(family_sentence(comparison));
    for (const auto& group : outline(comparison)) {
      for (const auto& metric : group.metrics) {
        contrast += "\n" + paragraph(fmt::format("{}, {} ({}{}{} is better){}:", group.workload, metric.metric->name, metric.metric->unit,
                                                 metric.metric->unit.empty() ? "" : ", ", name(metric.metric->better),
                                                 labelled(report.provenance)));
        contrast += "\n" + verdict_table(metric);
      }
      for (const auto& note : notes(group)) contrast += item(note);
    }
    out += (out.empty() ? "" : "\n") + contrast;
  }
  return out;
}

}  // namespace klab
