// SPDX-License-Identifier: GPL-3.0-or-later
#include "schedule/estimates.hpp"

#include <map>

namespace klab {
namespace {

// What resembles a cell, asked for once: many share machine, workload, kconfig and tree.
using Likes = std::map<std::tuple<std::string, std::string, std::string, std::string>, CellSeconds>;

Result<std::optional<double>> estimate(NightStore& nights, const Config& config, const Matrix& matrix, const Cell& cell, int arms, Likes& likes) {
  CellSeconds seconds;
  if (cell.id) {
    auto own = nights.seconds_of(cell.id);
    if (!own) return own.error();
    seconds = *own;
  }
  if (!seconds.boot || !seconds.build) {
    const std::tuple key(cell.machine, cell.workload, cell.kconfig, cell.tree);
    auto like = likes.find(key);
    if (like == likes.end()) {
      auto found = nights.seconds_like(cell);
      if (!found) return found.error();
      like = likes.emplace(key, *found).first;
    }
    if (!seconds.boot) seconds.boot = like->second.boot;
    if (!seconds.build) seconds.build = like->second.build;
  }
  if (!seconds.boot) return std::optional<double>();
  return std::optional<double>(*seconds.boot * arms * matrix.boots.value_or(config.defaults.boots) + seconds.build.value_or(0.0));
}

}  // namespace

Result<std::optional<double>> estimate_cell(NightStore& nights, const Config& config, const Matrix& matrix, const Cell& cell, int arms) {
  Likes likes;
  return estimate(nights, config, matrix, cell, arms, likes);
}

Result<std::vector<CellForecast>> forecast(NightStore& nights, const Config& config, const Matrix& matrix) {
  auto known = nights.cells(matrix.name);
  if (!known) return known.error();
  std::map<decltype(place_of(known->front())), const Cell*> places;
  for (const auto& cell : *known) places.emplace(place_of(cell), &cell);
  Likes likes;
  std::vector<CellForecast> out;
  for (const auto& cell : matrix.cells) {
    CellForecast line{cell, {}, {}};
    bool good = false;
    if (const auto seen = places.find(place_of(cell)); seen != places.end()) {
      line.cell.id = seen->second->id;
      line.cell.accepted = seen->second->accepted;
      auto history = nights.history(line.cell.id, 1);
      if (!history) return history.error();
      if (!history->empty()) line.last = history->front();
      auto last_good = nights.last_good(line.cell.id, 0);
      if (!last_good) return last_good.error();
      good = last_good->has_value();
    }
    auto seconds = estimate(nights, config, matrix, line.cell, good ? 3 : 2, likes);
    if (!seconds) return seconds.error();
    line.seconds = *seconds;
    out.push_back(std::move(line));
  }
  return out;
}

}  // namespace klab
