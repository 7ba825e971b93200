// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/trend_routes.hpp"

#include <boost/json.hpp>

#include "api/answers.hpp"
#include "api/label_views.hpp"
#include "api/trend_views.hpp"
#include "schedule/missed_nights.hpp"
#include "util/text.hpp"

namespace klab {
namespace json = boost::json;
namespace {

constexpr int most_investigations = 200;

std::string asked(const ApiRequest& request, const std::string& key) {
  const auto found = request.query.find(key);
  return found == request.query.end() ? std::string() : found->second;
}

json::object cell_object(const Cell& cell) {
  return {{"id", cell.id}, {"matrix", printable(cell.matrix)}, {"label", printable(cell.label)}};
}

// All rows of a cell have the same nights.
std::vector<std::int64_t> shown(const std::vector<Trend>& trends) {
  return trends.empty() ? std::vector<std::int64_t>() : experiments_of(trends.front());
}

// Of an entry for it.
Result<void> label(Lab& lab, json::object& entry, const Investigation& one) {
  auto experiments = experiments_of(lab, one);
  if (!experiments) return experiments.error();
  return add_labels(lab, entry, *experiments);
}

}  // namespace

ApiResponse TrendRoutes::answer(const ApiRequest& request) {
  const auto& path = request.path;
  if (request.method != "GET" || path.size() > 3) return not_found();
  if (path.size() == 2) return path[1] == "trends" ? matrix(asked(request, "matrix")) : investigations(request);
  const auto id = number(path[2]);
  if (!id) return not_found();
  return path[1] == "trends" ? cell(*id, request) : investigation(*id);
}

ApiResponse TrendRoutes::matrix(const std::string& name) {
  auto cells = lab_.nights.cells(name);
  if (!cells) return error_response(cells.error());
  if (cells->empty())
    return error_response(input_error("cannot find trends of the matrix \"{}\": it has had no night; klab matrix list tells which have", printable(name)), 404);
  json::array entries;
  for (const auto& cell : *cells) {
    auto trends = shown_trends(lab_, cell);
    if (!trends) return error_response(trends.error());
    json::array rows;
    for (const auto& trend : *trends) rows.push_back(trend_summary(trend));
    auto entry = cell_object(cell);
    if (auto labelled = add_labels(lab_, entry, shown(*trends)); !labelled) return error_response(labelled.error());
    entry["rows"] = std::move(rows);
    entries.push_back(std::move(entry));
  }
  return json_response({{"matrix", printable(name)}, {"cells", std::move(entries)}});
}

// All rows of a cell, or those that fit what was asked for.
ApiResponse TrendRoutes::cell(std::int64_t id, const ApiRequest& request) {
  auto cell = lab_.nights.cell(id);
  if (!cell) return lookup_error(cell.error());
  auto trends = shown_trends(lab_, *cell);
  if (!trends) return error_response(trends.error());
  const RowKey wanted{asked(request, "workload"), asked(request, "case"), asked(request, "metric")};
  json::array rows;
  for (const auto& trend : *trends) {
    const bool fits = (wanted.workload.empty() || wanted.workload == trend.row.workload) &&
                      (wanted.case_name.empty() || wanted.case_name == trend.row.case_name) &&
                      (wanted.metric.empty() || wanted.metric == trend.row.metric);
    if (fits) rows.push_back(trend_view(trend));
  }
  auto body = cell_object(*cell);
  if (auto labelled = add_labels(lab_, body, shown(*trends)); !labelled) return error_response(labelled.error());
  body["rows"] = std::move(rows);
  return json_response(body);
}

ApiResponse TrendRoutes::investigations(const ApiRequest& request) {
  auto found = lab_.trends.investigations(most_investigations);
  if (!found) return error_response(found.error());
  const auto wanted = number(asked(request, "cell"));
  json::array entries;
  for (const auto& one : *found) {
    if (wanted && one.cell != *wanted) continue;
    auto cell = lab_.nights.cell(one.cell);
    if (!cell) return error_response(cell.error());
    auto entry = investigation_view(one);
    entry["label"] = printable(cell->label);
    entry["matrix"] = printable(cell->matrix);
    if (auto labelled = label(lab_, entry, one); !labelled) return error_response(labelled.error());
    entries.push_back(std::move(entry));
  }
  return json_response({{"investigations", std::move(entries)}});
}

ApiResponse TrendRoutes::investigation(std::int64_t id) {
  auto one = lab_.trends.investigation(id);
  if (!one) return lookup_error(one.error());
  auto body = investigation_view(*one);
  auto cell = lab_.nights.cell(one->cell);
  if (!cell) return error_response(cell.error());
  body["label"] = printable(cell->label);
  body["matrix"] = printable(cell->matrix);
  if (auto labelled = label(lab_, body, *one); !labelled) return error_response(labelled.error());
  for (const auto& [key, night_cell] : {std::pair("last_good_date", one->last_good), std::pair("first_bad_date", one->first_bad)}) {
    auto of_cell = lab_.nights.night_cell(night_cell);
    if (!of_cell) return error_response(of_cell.error());
    auto night = lab_.nights.night(of_cell->night);
    if (!night) return error_response(night.error());
    body[key] = printable(night->date);
  }
  return json_response(body);
}

}  // namespace klab
