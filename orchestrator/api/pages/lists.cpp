// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/pages/lists.hpp"

#include <boost/json.hpp>

#include "util/text.hpp"

namespace klab::pages {
namespace json = boost::json;

std::string step_text(const ExperimentLine& line, const Progress& progress) {
  if (line.outcome) return std::string(name(*line.outcome));
  return progress.step.empty() ? std::string(name(line.state)) : printable(progress.step);
}

std::string detail_text(const Progress& progress, const ExperimentLine& line, double now) {
  if (line.outcome) return {};
  std::string text = printable(progress.detail);
  if (progress.seconds_per_boot > 0.0 && line.boots_planned > line.boots_done) {
    const double begun = progress.boot > 0 && progress.started > 0.0 ? now - progress.started : 0.0;
    const double left =
        progress.seconds_per_boot * (line.boots_planned - line.boots_done) - std::min(begun, progress.seconds_per_boot);
    text += (text.empty() ? "about " : "; about ") + span_text(left) + " left";
  }
  return text;
}

std::string boots_text(const ExperimentLine& line) {
  return line.boots_planned ? fmt::format("{} of {}", line.boots_done, line.boots_planned) : std::string();
}

page::Table queue_table(const std::vector<ExperimentLine>& lines, const ProgressBoard& board, double now) {
  page::Table table{"", {{"number"}, {"title"}, {"now"}, {"boots"}}, {}, "Nothing waits and nothing runs.", false};
  for (auto line = lines.begin(); line != lines.end(); ++line) {
    const auto progress = board.get(line->id);
    const std::string key = fmt::format("{}.step", line->id);
    page::Cell step{.text = step_text(*line, progress),
                    .small = detail_text(progress, *line, now),
                    .tone = progress.waiting || line->state == ExperimentState::queued ? "soft" : "",
                    .live = key};
    if (step.small.empty()) step.small = " ";  // the script finds it
    page::Cell boots{.text = boots_text(*line), .live = fmt::format("{}.boots", line->id)};
    if (line->boots_planned)
      boots = {.text = boots.text, .progress = {{line->boots_done, line->boots_planned}}, .live = boots.live};
    table.rows.push_back(
        {experiment_cell(line->id),
         {.text = line->title, .href = experiment_address(line->id), .small = line->submitter + ", " + time_text(line->created)},
         std::move(step),
         std::move(boots)});
  }
  return table;
}

page::Table finished_table(const std::vector<ExperimentLine>& lines, std::string nothing) {
  page::Table table{"",
                    {{"number"},
                     {"title"},
                     {"outcome"},
                     {"boots", true},
                     {.head = "by", .whole = true},
                     {.head = "submitted", .whole = true},
                     {.head = "took", .number = true, .whole = true}},
                    {},
                    std::move(nothing),
                    true};
  for (const auto& line : lines) {
    auto outcome = outcome_chip(line.outcome, name(line.state));
    table.rows.push_back({experiment_cell(line.id),
                          {.text = line.title, .href = experiment_address(line.id), .small = line.message},
                          std::move(outcome),
                          {.text = line.boots_planned ? fmt::format("{}/{}", line.boots_done, line.boots_planned) : "",
                           .href = experiment_address(line.id) + "#boots"},
                          {.text = line.submitter},
                          {.text = time_text(line.created)},
                          {.text = line.finished ? span_text(*line.finished - line.created) : ""}});
  }
  return table;
}

std::vector<page::Cell> host_row(const json::object& line) {
  const auto text = [&](const char* key) { return std::string(line.at(key).as_string()); };
  const std::string state = text("state"), name = text("name");
  page::Cell chip{.text = state,
                  .tone = state == "quarantined" ? "failed"
                          : state == "in use"    ? "running"
                          : state == "reserved"  ? "suggestive"
                                                 : "neutral",
                  .chip = true};
  page::Cell about{.text = text("about")};
  if (const auto* lease = line.at("lease").if_object())
    if (const auto* experiment = lease->at("experiment").if_int64()) about.href = experiment_address(*experiment);
  std::vector<std::string> labels, waiting;
  for (const auto& label : line.at("labels").as_array()) labels.emplace_back(label.as_string());
  for (const auto& id : line.at("waiting").as_array()) waiting.push_back(fmt::format("{}", id.as_int64()));
  std::string small = fmt::format("{}, {} CPUs", text("architecture"), line.at("cpus").as_int64());
  if (!labels.empty()) small += "; " + join(labels, ", ");
  return {{.text = name, .href = "/hosts/" + page::segment(name), .small = small},
          std::move(chip),
          std::move(about),
          {.text = waiting.empty() ? "" : (waiting.size() == 1 ? "experiment " : "experiments ") + join(waiting, ", ")}};
}

page::Chips night_tally(const std::vector<NightCell>& cells, std::int64_t night) {
  std::map<std::pair<int, std::string>, std::pair<page::Mark, int>> counts;
  for (const auto& cell : cells) {
    const auto mark = page::mark_of(cell);
    const int order = cell.state == CellState::done ? static_cast<int>(cell.verdict) : 100 + static_cast<int>(cell.state);
    auto& entry = counts[{order, std::string(mark.word)}];
    entry.first = mark;
    ++entry.second;
  }
  page::Chips out;
  for (const auto& [key, entry] : counts)
    out.chips.push_back({.text = fmt::format("{} {} {}", entry.first.glyph, entry.second, entry.first.word),
                         .href = fmt::format("/nights/{}", night),
                         .tone = std::string(entry.first.tone)});
  return out;
}

}  // namespace klab::pages
