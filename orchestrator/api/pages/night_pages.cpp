// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "api/pages/lists.hpp"
#include "api/pages/pages.hpp"
#include "api/pages/parts.hpp"
#include "config/matrix_file.hpp"
#include "report/numbers.hpp"
#include "schedule/nightly_clock.hpp"
#include "util/text.hpp"

namespace klab {
using namespace pages;  // NOLINT: what pages are made of
namespace {

constexpr int nights_in_grid = 30;
constexpr int nights_listed = 60;  // klab export takes no more
constexpr std::size_t rows_told = 3;
constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string month_of(const std::string& date) {
  const int month = date.size() >= 7 ? std::atoi(date.substr(5, 2).c_str()) : 0;
  return month >= 1 && month <= 12 ? months[static_cast<std::size_t>(month - 1)] : "";
}

page::OrderMark grid_mark(const NightCell* cell, const std::string& date) {
  if (!cell) return {"", "none", "", date + ": not in that night"};
  const auto mark = page::mark_of(*cell);
  std::string word = fmt::format("{}: {}", date, mark.word);
  if (!cell->reason.empty()) word += ", " + cell->reason;
  return {std::string(mark.glyph), std::string(mark.tone),
          cell->experiment ? experiment_address(*cell->experiment) : fmt::format("/nights/{}", cell->night), word};
}

// The rows that speak loudest for the verdict.
std::string why(const NightCell& cell, const std::vector<std::pair<RowKey, TrendValue>>& values) {
  if (cell.state != CellState::done) return cell.reason;
  const auto wanted = cell.verdict == CellVerdict::regressed    ? Verdict::regressed
                      : cell.verdict == CellVerdict::improved   ? Verdict::improved
                      : cell.verdict == CellVerdict::suggestive ? Verdict::suggestive
                                                                : Verdict::not_available;
  std::vector<const std::pair<RowKey, TrendValue>*> rows;
  for (const auto& value : values)
    if (value.second.verdict == wanted && value.second.change) rows.push_back(&value);
  std::sort(rows.begin(), rows.end(),
            [](const auto* a, const auto* b) { return std::fabs(*a->second.change) > std::fabs(*b->second.change); });
  std::vector<std::string> said;
  for (std::size_t i = 0; i < std::min(rows.size(), rows_told); ++i) {
    const auto& [key, value] = *rows[i];
    said.push_back(fmt::format("{} {} {} {}", key.workload, key.case_name, key.metric,
                               report::change_text(value.is_ratio, value.is_ratio ? *value.change + 1.0 : *value.change)));
  }
  if (rows.size() > rows_told) said.push_back(plural(static_cast<long long>(rows.size() - rows_told), "more row", "more rows"));
  return said.empty() ? cell.reason : join(said, "; ") + (cell.reason.empty() ? "" : "; " + cell.reason);
}

page::Note legend() {
  page::Note note{{}, {}, true};
  note.parts.push_back({.text = "\u00d7 failed, \u25bc regressed, \u25b2 improved, ? suggestive, = no change, ~ within noise, "
                                "\u2013 insufficient data, "
                                "\u203a skipped, \u00bb put off, A A/A run, ! lab error, \u00b7 nothing to compare with. "
                                "Verdicts are of that night against last good."});
  return note;
}

// When the matrix runs again, or why it does not: a night that cannot begin leaves no other trace here.
page::Cell next_cell(Lab& lab, const std::string& name) {
  const auto path = find_matrix(name, lab.config);
  if (!path) return {.text = "its file is gone", .tone = "soft"};
  const auto matrix = path ? load_matrix(*path, lab.config) : Result<Matrix>(path.error());
  if (!matrix) return {.text = "cannot begin: " + matrix.error().message, .tone = "failed"};
  if (!matrix->nightly) return {.text = "by hand"};
  return {.text = time_text(next_start(*matrix->nightly, lab.now()))};
}

}  // namespace

Pages::Page Pages::matrices() {
  auto known = lab_.nights.matrices();
  if (!known) return known.error();
  std::set<std::string> names(known->begin(), known->end());
  for (const auto& name : matrix_names(lab_.config)) names.insert(name);
  page::Document document;
  document.title = "Nights";
  document.place = "/matrices";
  page::Table table{"",
                    {{"matrix"}, {.head = "newest night", .whole = true}, {"state"}, {"cells", true}, {"verdicts"}, {"measured under"}, {.head = "next", .whole = true}},
                    {},
                    "There is no matrix; orchestrator/ADDING.md tells how one is made.",
                    false};
  for (const auto& name : names) {
    auto newest = lab_.nights.nights(name, 1);
    if (!newest) return newest.error();
    if (newest->empty()) {
      table.rows.push_back({{.text = name}, {.text = ""}, {.text = "no night yet"}, {.text = ""}, {.text = ""}, {.text = ""}, next_cell(lab_, name)});
      continue;
    }
    const auto& night = newest->front();
    auto cells = lab_.nights.night_cells(night.id);
    if (!cells) return cells.error();
    std::vector<std::string> words;
    for (const auto& chip : night_tally(*cells, night.id).chips) words.push_back(chip.text);
    auto labels = labels_of(lab_, experiments_of(*cells));
    if (!labels) return labels.error();
    table.rows.push_back({{.text = name, .href = "/matrices/" + page::segment(name)},
                          {.text = night.date, .href = fmt::format("/nights/{}", night.id)},
                          {.text = night.finished ? "finished " + time_text(night.finished) : "under way"},
                          {.text = fmt::format("{}", cells->size()), .href = fmt::format("/nights/{}", night.id)},
                          {.text = join(words, ", ")},
                          {.text = join(*labels, ", ")},
                          next_cell(lab_, name)});
  }
  document.sections.push_back({"", "", {std::move(table)}});
  return document;
}

Pages::Page Pages::matrix(const std::string& name) {
  auto nights = lab_.nights.nights(name, nights_listed);
  if (!nights) return nights.error();
  if (nights->empty())
    return input_error("cannot find the matrix \"{}\"; the page of nights has all that have run", printable(name));
  auto cells = lab_.nights.cells(name);
  if (!cells) return cells.error();
  page::Document document;
  document.title = name;
  document.place = "/matrices";
  document.trail = {{.text = "Nights", .href = "/matrices"}, {.text = "/"}, {.text = name}};
  page::Grid grid{fmt::format("Every cell, every night, the newest first; {} of {} nights.",
                              std::min<std::size_t>(nights->size(), nights_in_grid), nights->size()),
                  {},
                  {}};
  for (const auto& cell : *cells) grid.rows.push_back({cell.label, fmt::format("/cells/{}", cell.id), {}});
  page::Table table{"",
                    {{.head = "night", .whole = true},
                     {"origin"},
                     {.head = "began", .whole = true},
                     {.head = "took", .number = true, .whole = true},
                     {"trees"},
                     {"compare"}},
                    {},
                    "",
                    true};
  std::vector<std::int64_t> experiments;
  std::string month_before;
  for (std::size_t i = 0; i < nights->size(); ++i) {
    const auto& night = (*nights)[i];
    const std::string href = fmt::format("/nights/{}", night.id);
    if (i < nights_in_grid) {
      auto of_night = lab_.nights.night_cells(night.id);
      if (!of_night) return of_night.error();
      for (const auto id : experiments_of(*of_night)) experiments.push_back(id);
      std::map<std::int64_t, const NightCell*> by_cell;
      for (const auto& one : *of_night) by_cell[one.cell] = &one;
      const auto month = month_of(night.date);
      grid.nights.push_back(
          {night.date.size() >= 10 ? night.date.substr(8, 2) : night.date, month == month_before ? "" : month, href, night.date});
      month_before = month;
      for (std::size_t c = 0; c < cells->size(); ++c) {
        const auto found = by_cell.find((*cells)[c].id);
        grid.rows[c].nights.push_back(grid_mark(found == by_cell.end() ? nullptr : found->second, night.date));
      }
    }
    std::vector<std::string> bad;
    for (const auto& tree : night.trees)
      if (!tree.good) bad.push_back(tree.tree);
    page::Cell compare{.text = ""};
    if (i + 1 < nights->size())
      compare = {.text = "with the night before",
                 .href = fmt::format("/compare?a=night:{}&b=night:{}", (*nights)[i + 1].id, night.id)};
    table.rows.push_back(
        {{.text = night.date, .href = href},
         {.text = night.by_hand ? "by hand" : "nightly", .small = night.by_hand ? night.person : ""},
         {.text = time_text(night.started)},
         {.text = night.finished ? span_text(*night.finished - night.started) : "under way"},
         {.text = bad.empty() ? "fetched" : "not fetched: " + join(bad, ", "), .tone = bad.empty() ? "" : "failed"},
         std::move(compare)});
  }
  if (auto labelled = add_label_chips(lab_, document, experiments); !labelled) return labelled.error();
  document.sections.push_back({"", "", {std::move(grid), legend()}});
  document.sections.push_back({"Nights", "nights", {std::move(table)}});
  document.sections.push_back(
      {"Definition", "definition", {page::Pre{"As it was in the newest night", nights->front().definition}}});
  return document;
}

Pages::Page Pages::night(std::int64_t id) {
  auto night = lab_.nights.night(id);
  if (!night) return night.error();
  auto of_night = lab_.nights.night_cells(id);
  if (!of_night) return of_night.error();
  auto cells = lab_.nights.cells(night->matrix);
  if (!cells) return cells.error();
  auto nights = lab_.nights.nights(night->matrix, 1000);
  if (!nights) return nights.error();
  page::Document document;
  document.title = fmt::format("{}, night of {}", night->matrix, night->date);
  document.place = "/matrices";
  document.trail = {{.text = "Nights", .href = "/matrices"},
                    {.text = "/"},
                    {.text = night->matrix, .href = "/matrices/" + page::segment(night->matrix)},
                    {.text = "/"},
                    {.text = night->date}};
  document.lead =
      fmt::format("{} at {}{}.", night->by_hand ? "Begun by " + night->person : "Began by the clock", time_text(night->started),
                  night->finished ? fmt::format(", done after {}", span_text(*night->finished - night->started)) : ", under way");
  if (night->deadline) document.lead += fmt::format(" What had not begun by {} was put off.", time_text(night->deadline));
  if (auto labelled = add_label_chips(lab_, document, experiments_of(*of_night)); !labelled) return labelled.error();
  auto labels = experiment_labels(lab_, experiments_of(*of_night));
  if (!labels) return labels.error();
  page::Section top;
  top.blocks.push_back(night_tally(*of_night, id));
  for (const auto& tree : night->trees)
    if (!tree.good)
      top.blocks.push_back(
          page::Note{{{.text = fmt::format("Tree {} could not be fetched: {}", tree.tree, tree.message)}}, "failed", false});
  std::map<std::int64_t, const Cell*> known;
  for (const auto& cell : *cells) known[cell.id] = &cell;
  auto sorted = *of_night;
  const auto rank = [](const NightCell& cell) {
    return cell.state == CellState::done        ? static_cast<int>(cell.verdict)
           : cell.state == CellState::lab_error ? 1
                                                : 20 + static_cast<int>(cell.state);
  };
  std::stable_sort(sorted.begin(), sorted.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  page::Table table{"Tonight against last good, the worst first.",
                    {{"cell"}, {"verdict"}, {"why"}, {"tonight"}, {"last good"}, {"experiment"}},
                    {},
                    "This night had no cell.",
                    true};
  for (const auto& cell : sorted) {
    const auto found = known.find(cell.cell);
    std::vector<std::pair<RowKey, TrendValue>> values;
    if (cell.verdict == CellVerdict::regressed || cell.verdict == CellVerdict::improved ||
        cell.verdict == CellVerdict::suggestive) {
      auto read = lab_.trends.values(cell.id);
      if (!read) return read.error();
      values = std::move(*read);
    }
    page::Cell good{.text = ""};
    if (cell.last_good)
      if (auto last = lab_.nights.night_cell(*cell.last_good)) {
        good = commit_cell(last->commit);
        for (const auto& one : *nights)
          if (one.id == last->night) good.small = "night of " + one.date;
      }
    page::Cell experiment{.text = ""};
    if (cell.experiment)
      experiment = experiment_cell(*cell.experiment);
    else if (cell.estimate)
      experiment = {.text = "about " + span_text(*cell.estimate), .tone = "soft"};
    table.rows.push_back({{.text = found == known.end() ? fmt::format("cell {}", cell.cell) : found->second->label,
                           .href = fmt::format("/cells/{}", cell.cell),
                           .small = cell.experiment ? join((*labels)[*cell.experiment], ", ") : ""},
                          chip(page::mark_of(cell), cell.experiment ? experiment_address(*cell.experiment) : ""),
                          {.text = why(cell, values), .href = values.empty() ? "" : fmt::format("/cells/{}", cell.cell)},
                          commit_cell(cell.commit),
                          std::move(good),
                          std::move(experiment)});
  }
  top.blocks.push_back(std::move(table));
  document.sections.push_back(std::move(top));

  page::Lines about;
  auto all = lab_.trends.investigations(200);
  if (!all) return all.error();
  for (const auto& one : *all)
    if (std::any_of(sorted.begin(), sorted.end(), [&](const auto& cell) { return cell.id == one.first_bad; }))
      about.lines.push_back({.text = fmt::format("Investigation {}", one.id),
                             .href = fmt::format("/investigations/{}", one.id),
                             .small = one.conclusion.empty() ? std::string(name(one.state)) : one.conclusion});
  if (!about.lines.empty()) document.sections.push_back({"Investigations that begin here", "investigations", {std::move(about)}});
  page::Lines others;
  for (std::size_t i = 0; i < nights->size(); ++i)
    if ((*nights)[i].id == id) {
      if (i + 1 < nights->size()) {
        const auto& before = (*nights)[i + 1];
        others.lines.push_back({.text = "The night before, " + before.date, .href = fmt::format("/nights/{}", before.id)});
        others.lines.push_back(
            {.text = "Side by side with it", .href = fmt::format("/compare?a=night:{}&b=night:{}", before.id, id)});
      }
      if (i > 0)
        others.lines.push_back(
            {.text = "The night after, " + (*nights)[i - 1].date, .href = fmt::format("/nights/{}", (*nights)[i - 1].id)});
    }
  if (!others.lines.empty()) document.sections.push_back({"Other nights", "others", {std::move(others)}});
  if (!night->trees.empty()) {
    page::Table trees{"", {{"tree"}, {"fetched"}, {"git's words"}}, {}, "", false};
    for (const auto& tree : night->trees)
      trees.rows.push_back(
          {{.text = tree.tree}, {.text = tree.good ? "yes" : "no", .tone = tree.good ? "" : "failed"}, {.text = tree.message}});
    document.sections.push_back({"Trees", "trees", {std::move(trees)}});
  }
  document.sections.push_back({"Definition", "definition", {page::Pre{"The matrix as it was", night->definition}}});
  return document;
}

}  // namespace klab
