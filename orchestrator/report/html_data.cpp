// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/html_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "report/arms_table.hpp"
#include "report/confirmation.hpp"
#include "report/mustache_data.hpp"
#include "report/numbers.hpp"
#include "report/outline.hpp"
#include "report/profile_view.hpp"
#include "report/side_by_side.hpp"
#include "report/strip_plot.hpp"
#include "report/words.hpp"
#include "util/text.hpp"

namespace klab::report {
namespace {

std::string_view css_class(const ComparisonRow& row) {
  switch (row.verdict) {
    case Verdict::improved:
      return "improved";
    case Verdict::regressed:
      return "regressed";
    case Verdict::suggestive:
      return "suggestive";
    case Verdict::insufficient_data:
    case Verdict::order_confounded:
    case Verdict::not_available:
      return "absent";
    default:
      return "neutral";
  }
}

std::string percent_place(double at) { return fmt::format("{:.2f}%", at); }

data optional_place(const std::optional<double>& at) {
  if (!at) return data{data::type::bool_false};
  return data{"at", percent_place(*at)};
}

data dot_list(const std::vector<StripDot>& dots, const std::string& experiment) {
  data list{data::type::list};
  for (const auto& dot : dots) {
    data entry;
    entry.set("at", percent_place(dot.at));
    entry.set("hint", dot.title);
    entry.set("far", dot.far ? " far" : "");
    entry.set("boot", text_or_nothing(experiment.empty() ? std::string() : dot.boot));
    list << std::move(entry);
  }
  return list;
}

data box_data(const std::optional<StripBox>& box) {
  if (!box) return data{data::type::bool_false};
  data out;
  out.set("least", percent_place(box->least));
  out.set("most", percent_place(box->most));
  out.set("from", percent_place(box->lower));
  out.set("width", percent_place(std::max(box->upper - box->lower, 0.2)));
  out.set("hint", box->title);
  return out;
}

// Where every boot and sample behind a row is; nothing in a file that stands alone.
data row_place(const ComparisonRow& row, const std::string& experiment) {
  if (experiment.empty() || row.verdict == Verdict::not_available) return data{data::type::bool_false};
  return data{row_address(experiment, row.workload, row.case_name, row.metric.name)};
}

data plot_data(const ComparisonRow& row, const std::string& experiment) {
  const auto plot = strip_plot(row);
  if (!plot) return data{data::type::bool_false};
  data out;
  out.set("describe",
          fmt::format("{}: {} baseline boots, {} patched boots, from {} to {} {}", row.case_name,
                      plot->reference.size(), plot->patched.size(), plot->low, plot->high, row.metric.unit));
  out.set("role", experiment.empty() ? "img" : "group");
  out.set("reference_box", box_data(plot->reference_box));
  out.set("patched_box", box_data(plot->patched_box));
  out.set("reference_dots", dot_list(plot->reference, experiment));
  out.set("patched_dots", dot_list(plot->patched, experiment));
  out.set("reference_median", optional_place(plot->reference_median));
  out.set("patched_median", optional_place(plot->patched_median));
  data band{data::type::bool_false};
  if (plot->interval) {
    band = data{};
    band.set("from", percent_place(plot->interval->from));
    band.set("width", percent_place(std::max(plot->interval->to - plot->interval->from, 0.4)));
    band.set("hint", "baseline median changed by the interval " + effect_text(row.effect).interval);
  }
  out.set("band", std::move(band));
  out.set("low", plot->low);
  out.set("high", plot->high);
  return out;
}

data row_data(const ComparisonRow& row, const std::string& experiment) {
  const EffectText effect = effect_text(row.effect);
  data out;
  out.set("case", row.case_name);
  out.set("baseline", value_text(row.reference_median));
  out.set("patched", value_text(row.patched_median));
  out.set("change", effect.estimate);
  out.set("interval", is_shown(row.effect) ? effect.interval : std::string());
  out.set("verdict", std::string(name(row.verdict)));
  out.set("class", std::string(css_class(row)));
  const bool measured = row.verdict != Verdict::not_available;
  std::vector<std::string> p;
  if (row.family_p) p.push_back("family p " + p_text(row.family_p));
  if (row.row_p) p.push_back("row p " + p_text(row.row_p));
  out.set("p", measured ? join(p, ", ") : std::string());
  out.set("seen", row.verdict == Verdict::within_noise && row.detectable_change
                      ? "could have seen " + detectable_text(row)
                      : std::string());
  out.set("floor", row.floor && measured ? fmt::format("noise floor {} ({} A/A runs)", floor_text(row), row.floor->runs)
                                          : std::string());
  out.set("baseline_cv", measured ? percent_text(row.reference_cv) : std::string());
  out.set("patched_cv", measured ? percent_text(row.patched_cv) : std::string());
  out.set("href", row_place(row, experiment));
  out.set("plot", plot_data(row, experiment));
  return out;
}

data metric_data(const MetricGroup& group, const std::string& experiment) {
  data rows{data::type::list};
  for (const auto* row : group.rows) rows << row_data(*row, experiment);
  data out;
  out.set("metric", group.metric->name);
  std::vector<std::string> about;
  if (!group.metric->unit.empty()) about.push_back(group.metric->unit);
  about.push_back(fmt::format("{} is better", name(group.metric->better)));
  if (!group.metric->primary) about.push_back("not in the family");
  out.set("about", join(about, ", "));
  out.set("rows", std::move(rows));
  return out;
}

data short_table(const WorkloadGroup& group, const std::string& experiment) {
  if (!group.summary) return data{data::type::bool_false};
  const MetricGroup& lead = group.metrics[group.summary->first];
  const MetricGroup& second = group.metrics[group.summary->second];
  data rows{data::type::list};
  for (const auto* row : lead.rows) {
    const auto* other = find_case(second, row->case_name);
    data entry;
    entry.set("case", row->case_name);
    entry.set("href", row_place(*row, experiment));
    entry.set("other_href", other ? row_place(*other, experiment) : flag(false));
    entry.set("baseline", value_text(row->reference_median));
    entry.set("patched", value_text(row->patched_median));
    entry.set("change", effect_text(row->effect).estimate);
    entry.set("class", std::string(css_class(*row)));
    entry.set("word", std::string(short_name(row->verdict)));
    entry.set("other_change", other ? effect_text(other->effect).estimate : "n/a");
    entry.set("other_class", other ? std::string(css_class(*other)) : "absent");
    entry.set("other_word", other ? std::string(short_name(other->verdict)) : "n/a");
    rows << std::move(entry);
  }
  data out;
  out.set("unit", lead.metric->unit);
  out.set("lead", lead.metric->name);
  out.set("second", second.metric->name);
  out.set("rows", std::move(rows));
  return out;
}

data workload_data(const WorkloadGroup& group, const std::string& labels, const std::string& experiment) {
  data metrics{data::type::list};
  for (const auto& metric : group.metrics) metrics << metric_data(metric, experiment);
  const auto said = notes(group);
  data out;
  out.set("workload", group.workload);
  out.set("table_labels", std::move(labels));
  out.set("short", short_table(group, experiment));
  out.set("metrics", std::move(metrics));
  out.set("has_notes", flag(!said.empty()));
  out.set("notes", text_list(said));
  return out;
}

// "3 improved", "1 regressed", ...: one chip per verdict that occurs.
data tally(const Comparison& comparison) {
  std::map<Verdict, std::pair<int, const ComparisonRow*>> counts;
  for (const auto& row : comparison.rows) {
    auto& [count, example] = counts[row.verdict];
    ++count;
    example = &row;
  }
  data list{data::type::list};
  for (const auto& [verdict, entry] : counts) {
    data chip;
    chip.set("count", fmt::format("{}", entry.first));
    chip.set("word", std::string(name(verdict)));
    chip.set("class", std::string(css_class(*entry.second)));
    list << std::move(chip);
  }
  return list;
}

data profile_row(const std::string& case_name, const ProfileRow& row) {
  data out;
  out.set("case", case_name);
  out.set("function", row.name);
  out.set("baseline", share_text(row.reference));
  out.set("patched", share_text(row.patched));
  return out;
}

data profile_data(const Comparison& comparison, const std::string& labels) {
  if (!comparison.profile) return data{data::type::bool_false};
  data groups{data::type::list};
  for (const auto& group : profile_groups(*comparison.profile, 12)) {
    data rows{data::type::list}, cases{data::type::list};
    for (const auto& row : group.rows) rows << profile_row("", row);
    for (const auto& entry : group.cases) cases << profile_row(entry.case_name, entry.hottest);
    data out;
    out.set("workload", group.workload);
    out.set("labels", std::move(labels));
    out.set("rows", std::move(rows));
    out.set("has_cases", flag(!group.cases.empty()));
    out.set("cases", std::move(cases));
    groups << std::move(out);
  }
  data out;
  out.set("sentences", text_list(profile_sentences(*comparison.profile)));
  out.set("groups", std::move(groups));
  out.set("limits", text_list(profile_limits(*comparison.profile)));
  return out;
}

data contrast_data(const Report& report, std::size_t index, const std::string& experiment) {
  const Comparison& comparison = report.comparisons[index];
  const std::string labels = join(report.provenance.labels, ", ");
  data workloads{data::type::list};
  for (const auto& group : outline(comparison)) workloads << workload_data(group, labels, experiment);
  data out;
  out.set("anchor", fmt::format("contrast-{}", index + 1));
  const std::string number = fmt::format("Contrast {} of {}", index + 1, report.comparisons.size());
  out.set("number", text_or_nothing(report.comparisons.size() > 1 ? number : std::string()));
  out.set("reference", comparison.reference);
  out.set("patched_arm", comparison.patched);
  out.set("tally", tally(comparison));
  out.set("sentences",
          text_list({boots_sentence(comparison), order_sentence(comparison), family_sentence(comparison)}));
  out.set("failures", text_or_nothing(failures_sentence(comparison)));
  out.set("failures_class", comparison.patched_failed > 0 ? "regressed" : "neutral");
  out.set("empty", flag(comparison.rows.empty()));
  out.set("workloads", std::move(workloads));
  out.set("profile", profile_data(comparison, labels));
  return out;
}

data arms_data(const Report& report, const std::string& experiment) {
  data tables{data::type::list};
  for (const auto& arms : arms_tables(report)) {
    data rows{data::type::list};
    for (const auto& group : arms.groups) {
      if (!group.heading.empty()) {
        data entry;
        entry.set("heading", group.heading);
        entry.set("line", data{data::type::bool_false});
        rows << std::move(entry);
      }
      for (const auto& line : group.lines) {
        data cells;
        cells.set("title", line.arm->title);
        cells.set("href", line.row ? row_place(*line.row, experiment) : flag(false));
        cells.set("median", value_text(line.median));
        cells.set("change", line.row ? effect_text(line.row->effect).estimate : std::string());
        cells.set("interval", line.row && is_shown(line.row->effect) ? effect_text(line.row->effect).interval : std::string());
        cells.set("class", line.row ? std::string(css_class(*line.row)) : std::string("neutral"));
        cells.set("word", line.row ? std::string(name(line.row->verdict)) : std::string());
        cells.set("against", arms.names_references && line.row ? "against " + line.reference : std::string());
        data entry;
        entry.set("heading", data{data::type::bool_false});
        entry.set("line", std::move(cells));
        rows << std::move(entry);
      }
    }
    data table;
    table.set("caption", arms_caption(arms));
    table.set("arms_labels", join(report.provenance.labels, ", "));
    table.set("arm_rows", std::move(rows));
    tables << std::move(table);
  }
  return tables;
}

data side_by_side_data(const std::vector<SideBySide>& tables, const std::string& labels, const std::string& experiment) {
  data list{data::type::list};
  for (const auto& table : tables) {
    data machines{data::type::list}, rows{data::type::list};
    for (const auto& column : table.machines) machines << data{"machine", column.machine};
    for (const auto& line : table.lines) {
      data cells{data::type::list};
      for (const auto* row : line.rows) {
        data cell;
        cell.set("href", row ? row_place(*row, experiment) : flag(false));
        cell.set("baseline", row ? value_text(row->reference_median) : "n/a");
        cell.set("patched", row ? value_text(row->patched_median) : "n/a");
        cell.set("change", row ? effect_text(row->effect).estimate : "n/a");
        cell.set("class", row ? std::string(css_class(*row)) : std::string("absent"));
        cell.set("word", row ? std::string(short_name(row->verdict)) : std::string());
        cells << std::move(cell);
      }
      data entry;
      entry.set("case", line.case_name.empty() ? table.workload : line.case_name);
      entry.set("cells", std::move(cells));
      rows << std::move(entry);
    }
    data out;
    out.set("caption", side_by_side_caption(table));
    out.set("beside_labels", std::move(labels));
    out.set("machines", machines);
    out.set("machine_heads", std::move(machines));
    out.set("beside_rows", std::move(rows));
    list << std::move(out);
  }
  return list;
}

}  // namespace

std::string row_address(const std::string& experiment, const std::string& workload, const std::string& case_name,
                        const std::string& metric) {
  std::string out = "/experiments/" + percent_encoded(experiment) + "/row?workload=" + percent_encoded(workload);
  return out + "&case=" + percent_encoded(case_name) + "&metric=" + percent_encoded(metric);
}

void set_contrasts(data& page, const Report& report, bool linked) {
  const std::string experiment = linked ? report.provenance.experiment : std::string();
  data contrasts{data::type::list};
  for (std::size_t i = 0; i < report.comparisons.size(); ++i) contrasts << contrast_data(report, i, experiment);
  page.set("contrasts", std::move(contrasts));
  page.set("nothing", flag(report.comparisons.empty()));
  const auto confirmed = confirmation_lines(report);
  page.set("has_confirmation", flag(!confirmed.empty()));
  page.set("confirmation", text_list(confirmed));
  const std::string fresh = report.confirmation.empty() ? std::string() : report.confirmation.front().provenance.experiment;
  page.set("confirmation_number", text_or_nothing(fresh));
  page.set("confirmation_to", text_or_nothing(linked && !fresh.empty() ? "/experiments/" + percent_encoded(fresh) : std::string()));
  const auto beside = side_by_side(report);
  page.set("has_beside", flag(!beside.empty()));
  page.set("beside", side_by_side_data(beside, join(report.provenance.labels, ", "), experiment));
  const auto arms = arms_tables(report);
  page.set("has_arms", flag(!arms.empty() && !covers_all_arms(beside, report)));
  page.set("arms", arms_data(report, experiment));
}

}  // namespace klab::report
