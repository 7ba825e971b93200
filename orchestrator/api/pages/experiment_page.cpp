// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "api/pages/experiment_parts.hpp"
#include "api/pages/lists.hpp"
#include "api/pages/pages.hpp"
#include "api/pages/parts.hpp"
#include "pipeline/confirmed_report.hpp"
#include "report/html_data.hpp"
#include "report/numbers.hpp"
#include "util/text.hpp"

namespace klab {
using namespace pages;  // NOLINT: what pages are made of

Pages::Page Pages::experiment(std::int64_t id) {
  auto record = lab_.experiments.get(id);
  if (!record) return record.error();
  auto slots = lab_.boots.slots(id);
  if (!slots) return slots.error();
  auto boots = lab_.boots.list(id);
  if (!boots) return boots.error();
  auto profiled = lab_.boots.list(id, BootKind::profiled);
  if (!profiled) return profiled.error();
  auto made = confirmed_report(lab_, *record);
  if (!made) return made.error();
  const auto report = std::make_shared<const Report>(std::move(*made));
  auto night = lab_.nights.of_experiment(id);
  if (!night) return night.error();

  page::Document document;
  document.title = record->plan.title.empty() ? fmt::format("Experiment {}", id) : record->plan.title;
  document.place = "/experiments";
  document.trail = {{.text = "Experiments", .href = "/experiments"}, {.text = "/"}, {.text = fmt::format("experiment {}", id)}};
  auto state = outcome_chip(record->outcome, record->cancelling ? "being cancelled" : name(record->state));
  document.chips.push_back(std::move(state));
  for (const auto& label : report->provenance.labels) document.chips.push_back({.text = label});
  if (record->confirms)
    document.chips.push_back({.text = fmt::format("confirms experiment {}", *record->confirms), .href = experiment_address(*record->confirms)});
  if (*night) {
    const auto& cell = **night;
    auto where = lab_.nights.cell(cell.cell);
    auto of = lab_.nights.night(cell.night);
    if (where && of) {
      document.chips.push_back({.text = "night of " + of->date, .href = fmt::format("/nights/{}", cell.night)});
      document.chips.push_back({.text = where->matrix + ": " + where->label, .href = fmt::format("/cells/{}", cell.cell)});
      if (cell.state == CellState::done) document.chips.push_back(chip(page::mark_of(cell)));
    }
  }
  document.lead = fmt::format("Submitted by {} on {}", record->plan.submitter, time_text(record->created));
  if (record->finished) document.lead += fmt::format(", done after {}", span_text(*record->finished - record->created));
  document.lead += ".";

  page::Section top;
  if (!record->outcome) {
    document.live = fmt::format("/experiments/{}/progress.json", id);
    auto lines = lab_.experiments.list({.before = id + 1, .limit = 1});
    if (!lines) return lines.error();
    document.live_state = state_text(lines->at(0));
    top.blocks.push_back(queue_table(*lines, board_, lab_.now()));
  }
  if (!record->message.empty())
    top.blocks.push_back(page::Note{{{.text = record->message}}, record->outcome == Outcome::ok ? "" : "failed", false});
  if (!record->tail.empty()) top.blocks.push_back(page::Pre{"The output that explains it", record->tail});
  if (!slots->empty()) {
    top.blocks.push_back(order_block(*record, *slots, *boots));
    top.blocks.push_back(page::Note{{{.text = "Left to right as they ran. \u25cf result, \u00d7 the kernel failed, ! the lab "
                                              "failed and runs the slot again, \u25b8 under way."}},
                                    {},
                                    true});
  }
  if (!report->comparisons.empty()) top.blocks.push_back(jump_block(*report));
  if (!top.blocks.empty()) document.sections.push_back(std::move(top));
  if (auto failed = failed_section(*boots)) document.sections.push_back(std::move(*failed));
  if (!report->comparisons.empty() && !boots->empty()) document.sections.push_back({"", "comparison", {page::Contrasts{report}}});

  auto arms = arms_section(lab_, *record);
  if (!arms) return arms.error();
  document.sections.push_back(std::move(*arms));
  if (auto series = series_section(record->plan)) document.sections.push_back(std::move(*series));
  if (!boots->empty()) document.sections.push_back(boots_section(*record, *boots, *profiled));
  document.sections.push_back(downloads_section(*record));
  return document;
}

// Everything behind one row: the boots, their summaries, and every pass.
Pages::Page Pages::row(std::int64_t id, const ApiRequest& request) {
  const auto value = [&](const char* key) {
    const auto found = request.query.find(key);
    return found == request.query.end() ? std::string() : found->second;
  };
  const std::string workload = value("workload"), case_name = value("case"), metric = value("metric");
  auto record = lab_.experiments.get(id);
  if (!record) return record.error();
  auto boots = lab_.boots.list(id);
  if (!boots) return boots.error();
  auto values = lab_.boots.row_values(id, workload, case_name, metric);
  if (!values) return values.error();
  if (values->summaries.empty() && values->samples.empty())
    return input_error("cannot find the row \"{} {} {}\" in experiment {}; its page has all there are", printable(workload),
                       printable(case_name), printable(metric), id);
  std::string unit;
  for (const auto& known : record->plan.workloads)
    for (const auto& m : known.metrics)
      if (known.name == workload && m.name == metric)
        unit = fmt::format("{}{}{} is better", m.unit, m.unit.empty() ? "" : ", ", name(m.better));
  page::Document document;
  document.title = fmt::format("{}{}{}: {}", workload, case_name.empty() ? "" : ", ", case_name, metric);
  document.place = "/experiments";
  document.trail = {{.text = "Experiments", .href = "/experiments"},
                    {.text = "/"},
                    {.text = fmt::format("experiment {}", id), .href = experiment_address(id)},
                    {.text = "/"},
                    {.text = "row"}};
  document.lead = unit;
  if (auto labelled = add_label_chips(lab_, document, {id}); !labelled) return labelled.error();
  page::Table table{"The boot's number is the median of its kept passes; the first pass of a case only warms up.",
                    {{"slot", true}, {"boot", true}, {"arm"}, {"summary", true}, {"kept passes"}, {"warm-up"}},
                    {},
                    "",
                    false};
  for (const auto& boot : *boots) {
    std::vector<std::string> kept, warm;
    for (const auto& sample : values->samples)
      if (sample.boot == boot.id) (sample.warmup ? warm : kept).push_back(report::value_text(sample.value));
    const auto summary =
        std::find_if(values->summaries.begin(), values->summaries.end(), [&](const auto& s) { return s.boot == boot.id; });
    if (kept.empty() && warm.empty() && summary == values->summaries.end()) continue;
    table.rows.push_back({number_cell(boot.position),
                          {.text = fmt::format("{}", boot.id), .href = boot_address(boot.id) + "#samples"},
                          {.text = arm_of(*record, boot.arm)},
                          {.text = summary == values->summaries.end() ? "n/a" : report::value_text(summary->value)},
                          {.text = join(kept, ";  ")},
                          {.text = join(warm, ";  "), .tone = "soft"}});
  }
  document.sections.push_back({"", "", {std::move(table)}});
  return document;
}

}  // namespace klab
