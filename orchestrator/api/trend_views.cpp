// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/trend_views.hpp"

#include <algorithm>
#include <cmath>

#include "util/text.hpp"

namespace klab {
namespace json = boost::json;
namespace {

json::value number_or_null(const std::optional<double>& value) {
  if (!value || !std::isfinite(*value)) return nullptr;
  return *value;
}

template <class T>
json::value id_or_null(const std::optional<T>& id) {
  if (!id) return nullptr;
  return json::value(*id);
}

// Of a night that never was there is none.
json::value number_of(std::int64_t id) {
  if (id == 0) return nullptr;
  return id;
}

json::object row_view(const RowKey& row) {
  return {{"workload", printable(row.workload)}, {"case", printable(row.case_name)}, {"metric", printable(row.metric)}};
}

json::object point_view(const TrendPoint& point) {
  json::object out{{"night", number_of(point.night)}, {"night_cell", number_of(point.night_cell)}, {"date", printable(point.date)},
                   {"experiment", id_or_null(point.experiment)}, {"commit", printable(point.commit)},
                   {"fingerprint", printable(point.fingerprint)}};
  if (!point.value) {
    out["missing"] = printable(point.missing);
    out["nights"] = point.nights;
    out["until"] = printable(point.until.empty() ? point.date : point.until);
    return out;
  }
  out["kind"] = point.value->is_ratio ? "ratio" : "difference";
  out["estimate"] = point.value->estimate;
  out["low"] = point.value->low;
  out["high"] = point.value->high;
  out["change"] = number_or_null(point.value->change);
  out["verdict"] = nullptr;
  if (point.value->verdict) out["verdict"] = json::string(name(*point.value->verdict));
  return out;
}

std::string date_of(const Trend& trend, std::int64_t night_cell) {
  for (const auto& point : trend.points)
    if (point.night_cell == night_cell) return printable(point.date);
  return {};
}

// What both views have.
json::object common(const Trend& trend) {
  auto out = row_view(trend.row);
  out["cell"] = trend.cell.id;
  out["matrix"] = printable(trend.cell.matrix);
  out["label"] = printable(trend.cell.label);
  out["unit"] = printable(trend.metric.unit);
  out["better"] = json::string(name(trend.metric.better));
  out["primary"] = trend.metric.primary;
  out["nights"] = std::count_if(trend.points.begin(), trend.points.end(), [](const TrendPoint& p) { return p.value.has_value(); });
  out["gaps"] = gaps_of(trend.points);
  json::array segments, changes;
  for (const auto& segment : trend.segments)
    segments.push_back({{"first", segment.first},
                        {"last", segment.last},
                        {"from", printable(trend.points[segment.first].date)},
                        {"to", printable(trend.points[segment.last].date)},
                        {"change", printable(segment.change)}});
  for (const auto& change : trend.changes)
    changes.push_back({{"night_cell", change.night_cell},
                       {"date", date_of(trend, change.night_cell)},
                       {"p", change.p},
                       {"kind", change.is_ratio ? "ratio" : "difference"},
                       {"magnitude", change.magnitude},
                       {"investigation", id_or_null(change.investigation)}});
  out["segments"] = std::move(segments);
  out["changes"] = std::move(changes);
  out["noise_floor"] = nullptr;
  if (trend.floor)
    out["noise_floor"] = {{"kind", trend.floor->is_ratio ? "ratio" : "difference"}, {"size", trend.floor->size}, {"runs", trend.floor->runs}};
  return out;
}

}  // namespace

json::object trend_summary(const Trend& trend) {
  auto out = common(trend);
  out["newest"] = nullptr;
  const auto newest = std::find_if(trend.points.rbegin(), trend.points.rend(), [](const TrendPoint& p) { return p.value.has_value(); });
  if (newest != trend.points.rend()) out["newest"] = point_view(*newest);
  return out;
}

json::object trend_view(const Trend& trend) {
  auto out = common(trend);
  json::array points;
  for (const auto& point : trend.points) points.push_back(point_view(point));
  out["points"] = std::move(points);
  return out;
}

json::object investigation_view(const Investigation& one) {
  auto out = row_view(one.row);
  out["id"] = one.id;
  out["cell"] = one.cell;
  out["last_good"] = one.last_good;
  out["first_bad"] = one.first_bad;
  out["source"] = printable(one.source);
  out["p"] = number_or_null(one.p);
  out["kind"] = one.is_ratio ? "ratio" : "difference";
  out["magnitude"] = one.magnitude;
  out["found"] = one.found;
  out["state"] = json::string(name(one.state));
  out["result"] = printable(one.result);
  out["culprit"] = printable(one.culprit);
  out["conclusion"] = printable(one.conclusion);
  out["finished"] = number_or_null(one.finished);
  json::array steps;
  for (const auto& step : one.steps)
    steps.push_back({{"kind", step.bisect ? "bisect" : "confirm"},
                     {"commit", printable(step.commit)},
                     {"experiment", id_or_null(step.experiment)},
                     {"mark", printable(step.mark)},
                     {"text", printable(step.text)}});
  out["steps"] = std::move(steps);
  return out;
}

}  // namespace klab
