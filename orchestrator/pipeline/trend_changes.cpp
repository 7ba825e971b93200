// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "pipeline/trend_data.hpp"
#include "stats/change_points.hpp"

namespace klab {

double least_change(const Trend& trend, bool is_ratio) {
  const double least = is_ratio ? 0.02 : trend.metric.min_change;
  return trend.floor && trend.floor->is_ratio == is_ratio ? std::max(least, trend.floor->size) : least;
}

std::vector<ChangePoint> find_changes(const Trend& trend) {
  std::vector<ChangePoint> changes;
  for (const auto& segment : trend.segments) {
    // Of what the newest night is: ratios or differences; nights of the other kind are left out.
    const bool is_ratio = trend.points[segment.last].value->is_ratio;
    std::vector<double> values;
    std::vector<std::size_t> places;
    for (std::size_t i = segment.first; i <= segment.last; ++i) {
      const auto& value = trend.points[i].value;
      if (!value || value->is_ratio != is_ratio) continue;
      values.push_back(value->estimate);
      places.push_back(i);
    }
    ChangePointOptions options;
    options.is_ratio = is_ratio;
    options.least = least_change(trend, is_ratio);
    for (const auto& found : change_points(values, options))
      changes.push_back({trend.row, trend.points[places[found.index]].night_cell, found.p, found.magnitude, std::nullopt, is_ratio});
  }
  return changes;
}

}  // namespace klab
