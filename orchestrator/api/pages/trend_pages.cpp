// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <set>

#include "api/pages/pages.hpp"
#include "api/pages/parts.hpp"
#include "report/numbers.hpp"
#include "schedule/missed_nights.hpp"
#include "util/text.hpp"

namespace klab {
using namespace pages;  // NOLINT: what pages are made of
namespace {

constexpr int nights_small = 120;
constexpr int nights_large = 365;
constexpr std::size_t nights_in_table = 90;
constexpr int investigations_shown = 200;

std::string row_text(const RowKey& row) {
  return row.workload + (row.case_name.empty() ? "" : " " + row.case_name) + ", " + row.metric;
}

std::string trend_address(std::int64_t cell, const RowKey& row) {
  return page::address(fmt::format("/cells/{}/trend", cell),
                       {{"workload", row.workload}, {"case", row.case_name}, {"metric", row.metric}});
}

const TrendPoint* newest(const Trend& trend) {
  for (auto point = trend.points.rbegin(); point != trend.points.rend(); ++point)
    if (point->value) return &*point;
  return nullptr;
}

std::string seen_text(bool is_ratio, double magnitude) { return report::change_text(is_ratio, is_ratio ? magnitude + 1.0 : magnitude); }

std::string better_text(const Metric& metric) {
  return fmt::format("{}{}{} is better", metric.unit, metric.unit.empty() ? "" : ", ", name(metric.better));
}

page::Cell investigation_chip(const Investigation& one) {
  if (one.state != InvestigationState::ended) return {.text = std::string(name(one.state)), .tone = "running", .chip = true};
  const bool real = one.result == "commit named" || one.result == "confirmed";
  return {.text = one.result, .tone = real ? "regressed" : "neutral", .chip = true};
}

page::Section change_section(const Trend& trend, const std::vector<Investigation>& investigations) {
  page::Table table{
      "E-divisive; a candidate counts when fresh boots in random order confirm it.",
      {{.head = "first night after", .whole = true}, {"change", true}, {"p", true}, {"investigation"}, {"what came of it"}},
      {},
      "None. Nothing in these nights looks like a lasting change.",
      false};
  for (const auto& change : trend.changes) {
    std::string date = "?", night;
    for (const auto& point : trend.points)
      if (point.night_cell == change.night_cell) date = point.date, night = fmt::format("/nights/{}", point.night);
    page::Cell look{.text = "none"}, result{.text = "none was wanted"};
    for (const auto& one : investigations)
      if (change.investigation && one.id == *change.investigation) {
        look = {.text = fmt::format("{}", one.id), .href = fmt::format("/investigations/{}", one.id)};
        result = {.text = one.conclusion.empty() ? std::string(name(one.state)) : one.conclusion};
      }
    const bool good = (change.magnitude > 0.0) == (trend.metric.better == Better::higher);
    table.rows.push_back({{.text = date, .href = night},
                          {.text = seen_text(change.is_ratio, change.magnitude),
                           .tone = good ? "improved" : "regressed"},
                          {.text = report::p_text(change.p)},
                          std::move(look),
                          std::move(result)});
  }
  return {"Change points", "changes", {std::move(table)}};
}

page::Section points_section(const Trend& trend, std::size_t most) {
  page::Table table{"Tonight against the pinned reference, in one experiment; newest first.",
                    {{.head = "night", .whole = true},
                     {"against the reference", true},
                     {"interval", true},
                     {"against last good", true},
                     {"verdict of that"},
                     {"commit"},
                     {"experiment", true}},
                    {},
                    "",
                    true};
  for (auto point = trend.points.rbegin(); point != trend.points.rend() && table.rows.size() < most; ++point) {
    std::vector<page::Cell> cells{{.text = point->nights > 1 ? point->date + " to " + point->until : point->date,
                                   .href = point->night ? fmt::format("/nights/{}", point->night) : ""}};
    if (point->value) {
      const auto& value = *point->value;
      const auto text = [&](double v) { return report::change_text(value.is_ratio, v); };
      const std::string href =
          point->experiment
              ? page::address(experiment_address(*point->experiment) + "/row",
                              {{"workload", trend.row.workload}, {"case", trend.row.case_name}, {"metric", trend.row.metric}})
              : "";
      cells.push_back({.text = text(value.estimate), .href = href});
      cells.push_back({.text = fmt::format("[{}, {}]", text(value.low), text(value.high))});
      cells.push_back({.text = value.change ? text(value.is_ratio ? *value.change + 1.0 : *value.change) : ""});
      cells.push_back(value.verdict ? chip(page::mark_of(*value.verdict)) : page::Cell{.text = ""});
    } else {
      cells.push_back({.text = point->nights > 1 ? fmt::format("gap of {} nights", point->nights) : "gap", .tone = "soft"});
      cells.push_back({.text = ""});
      cells.push_back({.text = ""});
      cells.push_back({.text = point->missing, .tone = "soft"});
    }
    cells.push_back(commit_cell(point->commit));
    cells.push_back(point->experiment ? experiment_cell(*point->experiment) : page::Cell{.text = ""});
    table.rows.push_back(std::move(cells));
  }
  return {"Nights", "nights", {std::move(table)}};
}

}  // namespace

Pages::Page Pages::cell(std::int64_t id) {
  auto cell = lab_.nights.cell(id);
  if (!cell) return cell.error();
  auto trends = shown_trends(lab_, *cell, nights_small);
  if (!trends) return trends.error();
  page::Document document;
  document.title = cell->label;
  document.place = "/matrices";
  document.trail = {{.text = "Nights", .href = "/matrices"},
                    {.text = "/"},
                    {.text = cell->matrix, .href = "/matrices/" + page::segment(cell->matrix)},
                    {.text = "/"},
                    {.text = cell->label}};
  page::Facts facts;
  const auto add = [&](const char* term, page::Cell said) {
    if (!said.text.empty()) facts.facts.push_back({term, {std::move(said)}});
  };
  add("tree, ref", {.text = cell->tree + (cell->ref.empty() ? "" : " " + cell->ref)});
  add("series", {.text = cell->series});
  add("kconfig", {.text = cell->kconfig});
  add("command line", {.text = cell->command_line, .code = true});
  auto host = host_address(lab_, cell->machine);
  if (!host) return host.error();
  add("machine", {.text = cell->machine, .href = *host});
  add("workload", {.text = cell->workload});
  document.sections.push_back({"", "", {std::move(facts)}});
  page::Multiples multiples;
  for (const auto& trend : *trends) {
    page::Multiple item;
    item.title = row_text(trend.row);
    item.href = trend_address(id, trend.row);
    item.about = better_text(trend.metric);
    if (const auto* point = newest(trend)) item.latest = report::change_text(point->value->is_ratio, point->value->estimate);
    if (!trend.changes.empty())
      item.about += fmt::format("; {}", plural(static_cast<long long>(trend.changes.size()), "change point", "change points"));
    item.plot = page::trend_plot(trend, 64, true);
    multiples.items.push_back(std::move(item));
  }
  if (!multiples.items.empty())
    document.sections.push_back(
        {"Trends",
         "trends",
         {page::Note{{{.text = fmt::format("Each night's ratio to the pinned reference, over {} nights at most. The line is the "
                                           "level between changes, the band the noise floor.",
                                           nights_small)}},
                     {},
                     true},
          std::move(multiples)}});
  auto history = lab_.nights.history(id, nights_small);
  if (!history) return history.error();
  if (auto labelled = add_label_chips(lab_, document, experiments_of(*history)); !labelled) return labelled.error();
  auto nights = lab_.nights.nights(cell->matrix, 1000);
  if (!nights) return nights.error();
  page::Table table{"",
                    {{.head = "night", .whole = true}, {"verdict"}, {"reason"}, {"commit"}, {"experiment", true}},
                    {},
                    "It has not run yet.",
                    true};
  for (const auto& one : *history) {
    std::string date = fmt::format("night {}", one.night);
    for (const auto& night : *nights)
      if (night.id == one.night) date = night.date;
    table.rows.push_back({{.text = date, .href = fmt::format("/nights/{}", one.night)},
                          chip(page::mark_of(one), one.experiment ? experiment_address(*one.experiment) : ""),
                          {.text = one.reason},
                          commit_cell(one.commit),
                          one.experiment ? experiment_cell(*one.experiment) : page::Cell{.text = ""}});
  }
  document.sections.push_back({"Nights", "nights", {std::move(table)}});
  return document;
}

Pages::Page Pages::trend(std::int64_t id, const ApiRequest& request) {
  auto cell = lab_.nights.cell(id);
  if (!cell) return cell.error();
  const auto value = [&](const char* key) {
    const auto found = request.query.find(key);
    return found == request.query.end() ? std::string() : found->second;
  };
  const RowKey row{value("workload"), value("case"), value("metric")};
  auto trend = shown_trend(lab_, *cell, row, nights_large);
  if (!trend) return trend.error();
  auto investigations = lab_.trends.investigations_of(id);
  if (!investigations) return investigations.error();
  page::Document document;
  document.title = row_text(row);
  document.place = "/matrices";
  document.trail = {{.text = "Nights", .href = "/matrices"},
                    {.text = "/"},
                    {.text = cell->matrix, .href = "/matrices/" + page::segment(cell->matrix)},
                    {.text = "/"},
                    {.text = cell->label, .href = fmt::format("/cells/{}", id)}};
  document.lead = fmt::format("{}, {}.", cell->label, better_text(trend->metric));
  auto host = host_address(lab_, cell->machine);
  if (!host) return host.error();
  if (auto labelled = add_label_chips(lab_, document, experiments_of(*trend)); !labelled) return labelled.error();
  page::Figures figures;
  if (const auto* point = newest(*trend))
    figures.figures.push_back({report::change_text(point->value->is_ratio, point->value->estimate),
                               "newest night, " + point->date, fmt::format("/nights/{}", point->night)});
  figures.figures.push_back(
      {fmt::format("{}", trend->changes.size()), trend->changes.size() == 1 ? "change point" : "change points", "#changes"});
  figures.figures.push_back(
      {trend->floor ? (trend->floor->is_ratio ? report::percent_text(trend->floor->size) : report::value_text(trend->floor->size))
                    : "unknown",
       trend->floor ? fmt::format("noise floor, {} A/A runs", trend->floor->runs) : "noise floor",
       trend->floor && !host->empty() ? *host + "#noise" : ""});
  const auto plot = page::trend_plot(*trend, 340, false);
  page::Section top{"", "", {std::move(figures)}};
  if (plot.points.empty())
    top.blocks.push_back(page::Note{{{.text = "No night has a number for this row."}}});
  else
    top.blocks.push_back(
        page::TrendChart{plot,
                         "Each night's ratio to the pinned reference with its interval. Grey stretches are nights without a "
                         "number; the line is the level between changes, the band around it the noise floor. " +
                             plot.describe + "."});
  document.sections.push_back(std::move(top));
  document.sections.push_back(change_section(*trend, *investigations));
  if (trend->segments.size() > 1) {
    page::Table table{"Nights that were measured on unequal hosts, against unequal references, or with an unequal workload, kconfig or "
                      "command line are never set in relation to each other.",
                      {{.head = "from", .whole = true}, {.head = "to", .whole = true}, {"what changed"}},
                      {},
                      "",
                      false};
    for (const auto& segment : trend->segments)
      if (segment.first < trend->points.size() && segment.last < trend->points.size())
        table.rows.push_back({{.text = trend->points[segment.first].date},
                              {.text = trend->points[segment.last].date},
                              {.text = segment.change.empty() ? "the first" : segment.change}});
    document.sections.push_back({"Segments", "segments", {std::move(table)}});
  }
  const bool all = request.query.count("all") > 0;
  document.sections.push_back(points_section(*trend, all ? trend->points.size() : nights_in_table));
  if (!all && trend->points.size() > nights_in_table)
    document.sections.back().blocks.push_back(page::Note{
        {{.text = fmt::format("All {} nights", nights_of(trend->points)), .href = trend_address(id, row) + "&all=1"}}, {}, true});
  return document;
}

Pages::Page Pages::investigations() {
  auto all = lab_.trends.investigations(investigations_shown);
  if (!all) return all.error();
  page::Document document;
  document.title = "Changes";
  document.place = "/investigations";
  document.lead = "What nights seemed to show, whether fresh boots confirmed it, and which commit did it.";
  page::Table table{"",
                    {{"number"}, {"row"}, {"seen", true}, {"result"}, {"conclusion"}, {.head = "found", .whole = true}},
                    {},
                    "Nothing has been investigated yet.",
                    true};
  std::map<std::int64_t, std::string> labels;
  for (const auto& one : *all) {
    if (!labels.count(one.cell)) {
      auto cell = lab_.nights.cell(one.cell);
      labels[one.cell] = cell ? cell->label : fmt::format("cell {}", one.cell);
    }
    auto experiments = experiments_of(lab_, one);
    if (!experiments) return experiments.error();
    auto ran_under = labels_of(lab_, *experiments);
    if (!ran_under) return ran_under.error();
    const auto where = labels[one.cell] + (ran_under->empty() ? "" : "; " + join(*ran_under, ", "));
    table.rows.push_back({{.text = fmt::format("{}", one.id), .href = fmt::format("/investigations/{}", one.id)},
                          {.text = row_text(one.row), .href = trend_address(one.cell, one.row), .small = where},
                          {.text = seen_text(one.is_ratio, one.magnitude)},
                          investigation_chip(one),
                          {.text = one.conclusion, .small = one.culprit.empty() ? "" : one.culprit.substr(0, 12)},
                          {.text = time_text(one.found)}});
  }
  document.sections.push_back({"", "", {std::move(table)}});
  return document;
}

Pages::Page Pages::investigation(std::int64_t id) {
  auto one = lab_.trends.investigation(id);
  if (!one) return one.error();
  auto cell = lab_.nights.cell(one->cell);
  if (!cell) return cell.error();
  page::Document document;
  document.title = fmt::format("Investigation {}", id);
  document.place = "/investigations";
  document.trail = {{.text = "Changes", .href = "/investigations"}, {.text = "/"}, {.text = fmt::format("investigation {}", id)}};
  auto state = investigation_chip(*one);
  state.chip = false;
  document.chips.push_back(std::move(state));
  auto experiments = experiments_of(lab_, *one);
  if (!experiments) return experiments.error();
  if (auto labelled = add_label_chips(lab_, document, *experiments); !labelled) return labelled.error();
  document.lead = fmt::format("{} in {}.", row_text(one->row), cell->label);
  page::Section top;
  if (!one->conclusion.empty())
    top.blocks.push_back(page::Note{{{.text = one->conclusion}},
                                    one->result == "commit named" || one->result == "confirmed" ? "regressed" : "plainly",
                                    false});
  page::Facts facts;
  const auto add = [&](const char* term, page::Cell said) {
    if (!said.text.empty()) facts.facts.push_back({term, {std::move(said)}});
  };
  add("cell", {.text = cell->label, .href = fmt::format("/cells/{}", cell->id)});
  add("row", {.text = row_text(one->row), .href = trend_address(one->cell, one->row)});
  add("why", {.text = one->source + (one->p ? ", p " + report::p_text(one->p) : "")});
  add("seen", {.text = seen_text(one->is_ratio, one->magnitude)});
  for (const auto& [term, night_cell] : {std::pair{"last good", one->last_good}, {"first bad", one->first_bad}})
    if (auto found = lab_.nights.night_cell(night_cell)) {
      auto commit = commit_cell(found->commit);
      if (auto night = lab_.nights.night(found->night)) commit.small = "night of " + night->date;
      add(term, std::move(commit));
    }
  auto culprit = commit_cell(one->culprit);
  culprit.tone = "regressed";
  add("commit", std::move(culprit));
  add("found", {.text = time_text(one->found)});
  add("ended", {.text = time_text(one->finished)});
  top.blocks.push_back(std::move(facts));
  document.sections.push_back(std::move(top));
  page::Table table{"",
                    {{"step", true}, {"what"}, {"commit"}, {"mark"}, {"experiment", true}, {"what was seen"}},
                    {},
                    "It has not begun.",
                    false};
  int number = 0;
  for (const auto& step : one->steps) {
    const std::string tone = step.mark == "bad"    ? "regressed"
                             : step.mark == "good" ? "improved"
                             : step.mark.empty()   ? "running"
                                                   : "neutral";
    table.rows.push_back({number_cell(++number),
                          {.text = step.bisect ? "bisect" : "confirm"},
                          commit_cell(step.commit),
                          {.text = step.mark.empty() ? "under way" : step.mark, .tone = tone, .chip = true},
                          step.experiment ? experiment_cell(*step.experiment) : page::Cell{.text = ""},
                          {.text = step.text}});
  }
  document.sections.push_back({"Steps", "steps", {std::move(table)}});
  return document;
}

}  // namespace klab
