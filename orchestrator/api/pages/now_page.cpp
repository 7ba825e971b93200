// SPDX-License-Identifier: GPL-3.0-or-later
#include <boost/json.hpp>

#include "api/host_views.hpp"
#include "api/pages/lists.hpp"
#include "api/pages/pages.hpp"
#include "api/pages/parts.hpp"
#include "config/matrix_file.hpp"
#include "util/text.hpp"

namespace klab {
namespace json = boost::json;
using namespace pages;  // NOLINT: what pages are made of
namespace {

ApiResponse news_response(const std::string& state, json::object texts) {
  ApiResponse response;
  response.body = json::serialize(json::object{{"state", printable(state)}, {"texts", std::move(texts)}});
  return response;
}

void add_news(json::object& texts, const ExperimentLine& line, const Progress& progress, double now) {
  const std::string key = fmt::format("{}.step", line.id);
  texts[key] = step_text(line, progress);
  texts[key + ".detail"] = detail_text(progress, line, now);
  texts[fmt::format("{}.boots.bar", line.id)] = json::array{line.boots_done, line.boots_planned};
  texts[fmt::format("{}.boots", line.id)] = boots_text(line);
}

constexpr int most_unfinished = 200;

}  // namespace

// What the page of now stands on, in a word that changes when it does.
Result<std::string> Pages::state_of_now(const std::vector<ExperimentLine>& unfinished) {
  std::string state;
  for (const auto& line : unfinished) state += fmt::format("{}:{};", line.id, name(line.state));
  auto standings = lab_.hosts.standings();
  if (!standings) return standings.error();
  for (const auto& [name, host] : lab_.config.hosts) {
    const auto lease = queue_.leases().lease(name);
    const auto& standing = (*standings)[name];
    state += fmt::format("{}:{}{}{};", name, lease ? klab::name(lease->purpose) : "", standing.quarantine ? " quarantine" : "",
                         standing.reservation ? " reserved" : "");
  }
  return state;
}

// What the script of the page asks for.
Result<ApiResponse> Pages::news() {
  auto lines = lab_.experiments.list({.which = ExperimentFilter::Which::unfinished, .limit = most_unfinished});
  if (!lines) return lines.error();
  auto state = state_of_now(*lines);
  if (!state) return state.error();
  json::object texts;
  for (const auto& line : *lines) add_news(texts, line, board_.get(line.id), lab_.now());
  return news_response(*state, std::move(texts));
}

Result<ApiResponse> Pages::news_of(std::int64_t id) {
  auto lines = lab_.experiments.list({.before = id + 1, .limit = 1});
  if (!lines) return lines.error();
  if (lines->empty() || lines->front().id != id) return input_error("cannot find experiment {}; klab status lists them", id);
  json::object texts;
  add_news(texts, lines->front(), board_.get(id), lab_.now());
  return news_response(state_text(lines->front()), std::move(texts));
}

Pages::Page Pages::now() {
  auto queued = lab_.experiments.list({.which = ExperimentFilter::Which::unfinished, .limit = most_unfinished});
  if (!queued) return queued.error();
  auto finished = lab_.experiments.list({.which = ExperimentFilter::Which::done, .limit = 12});
  if (!finished) return finished.error();
  auto state = state_of_now(*queued);
  if (!state) return state.error();
  page::Document document;
  document.title = "Now";
  document.place = "/";
  document.live = "/now.json";
  document.live_state = std::move(*state);
  page::Section queue{"Queue", "queue", {}};
  queue.blocks.push_back(queue_table(*queued, board_, lab_.now()));
  if (queued->size() == most_unfinished)
    queue.blocks.push_back(page::Note{{{.text = fmt::format("The {} that are next; more wait.", most_unfinished)}}, {}, true});
  document.sections.push_back(std::move(queue));

  page::Section nights{"Last nights", "nights", {}};
  auto matrices = lab_.nights.matrices();
  if (!matrices) return matrices.error();
  for (const auto& matrix : *matrices) {
    auto newest = lab_.nights.nights(matrix, 1);
    if (!newest) return newest.error();
    if (newest->empty()) continue;
    const auto& night = newest->front();
    auto cells = lab_.nights.night_cells(night.id);
    if (!cells) return cells.error();
    nights.blocks.push_back(page::Note{{{.text = matrix, .href = "/matrices/" + page::segment(matrix)},
                                        {.text = ", night of "},
                                        {.text = night.date, .href = fmt::format("/nights/{}", night.id)},
                                        {.text = night.finished ? "" : ", under way"}}});
    nights.blocks.push_back(night_tally(*cells, night.id));
  }
  for (const auto& name : matrix_names(lab_.config)) {
    const auto path = find_matrix(name, lab_.config);
    const auto matrix = path ? load_matrix(*path, lab_.config) : Result<Matrix>(path.error());
    if (!matrix)
      nights.blocks.push_back(page::Note{{{.text = fmt::format("{} cannot begin: {}", name, matrix.error().message)}}, "failed", false});
  }
  if (!nights.blocks.empty()) document.sections.push_back(std::move(nights));

  page::Section hosts{"Hosts", "hosts", {}};
  page::Table table{
      "", {{"host"}, {"state"}, {"", false}, {"waiting"}}, {}, "No host is configured: guests run on klabd's own machine.", true};
  for (const auto& [name, host] : lab_.config.hosts) {
    auto line = host_line(lab_, board_, queue_.leases(), host);
    if (!line) return line.error();
    table.rows.push_back(host_row(*line));
  }
  hosts.blocks.push_back(std::move(table));
  document.sections.push_back(std::move(hosts));

  page::Section newest{"Newest results", "newest", {}};
  newest.blocks.push_back(finished_table(*finished, "None yet. \"klab submit SERIES\" makes the first one."));
  newest.blocks.push_back(page::Note{{{.text = "All experiments", .href = "/experiments"}}, {}, true});
  document.sections.push_back(std::move(newest));
  return document;
}

Pages::Page Pages::experiments(const ApiRequest& request) {
  ExperimentFilter filter;
  filter.limit = 101;
  const auto value = [&](const char* key) {
    const auto found = request.query.find(key);
    return found == request.query.end() ? std::string() : found->second;
  };
  if (const auto before = std::atoll(value("before").c_str()); before > 0) filter.before = before;
  filter.workload = value("workload");
  filter.machine = value("machine");
  auto lines = lab_.experiments.list(filter);
  if (!lines) return lines.error();
  page::Document document;
  document.title = "Experiments";
  if (!filter.workload.empty()) document.title += " with " + filter.workload;
  if (!filter.machine.empty()) document.title += " on " + filter.machine;
  document.place = "/experiments";
  page::Section section;
  const bool more = lines->size() == 101;
  if (more) lines->pop_back();
  section.blocks.push_back(
      finished_table(*lines, filter.before ? "No older ones." : "None yet. \"klab submit SERIES\" makes the first one."));
  page::Note turn{{}, {}, true};
  std::vector<std::pair<std::string, std::string>> kept;
  if (!filter.workload.empty()) kept.emplace_back("workload", filter.workload);
  if (!filter.machine.empty()) kept.emplace_back("machine", filter.machine);
  if (filter.before) turn.parts.push_back({.text = "Newest", .href = page::address("/experiments", kept)});
  if (filter.before && more) turn.parts.push_back({.text = " - "});
  if (more) {
    kept.emplace_back("before", fmt::format("{}", lines->back().id));
    turn.parts.push_back({.text = "Older", .href = page::address("/experiments", kept)});
  }
  if (!turn.parts.empty()) section.blocks.push_back(std::move(turn));
  document.sections.push_back(std::move(section));
  return document;
}

}  // namespace klab
