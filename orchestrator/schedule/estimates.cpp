// SPDX-License-Identifier: GPL-3.0-or-later
#include "schedule/estimates.hpp"

#include <map>

namespace klab {

Result<std::optional<double>> estimate_cell(NightStore& nights, const Config& config, const Matrix& matrix, const Cell& cell, int arms) {
  auto boot = nights.boot_seconds(cell.machine, cell.workload);
  if (!boot || !*boot) return boot;
  auto build = nights.build_seconds(cell.tree);
  if (!build) return build;
  return std::optional<double>(**boot * arms * matrix.boots.value_or(config.defaults.boots) + build->value_or(0.0));
}

Result<std::vector<CellForecast>> forecast(NightStore& nights, const Config& config, const Matrix& matrix) {
  auto known = nights.cells(matrix.name);
  if (!known) return known.error();
  std::map<decltype(place_of(known->front())), const Cell*> places;
  for (const auto& cell : *known) places.emplace(place_of(cell), &cell);
  // Many cells share a machine and a workload.
  std::map<std::tuple<std::string, std::string, std::string, int>, std::optional<double>> estimates;
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
    const std::tuple key(cell.machine, cell.workload, cell.tree, good ? 3 : 2);
    auto found = estimates.find(key);
    if (found == estimates.end()) {
      auto seconds = estimate_cell(nights, config, matrix, cell, good ? 3 : 2);
      if (!seconds) return seconds.error();
      found = estimates.emplace(key, *seconds).first;
    }
    line.seconds = found->second;
    out.push_back(std::move(line));
  }
  return out;
}

}  // namespace klab
