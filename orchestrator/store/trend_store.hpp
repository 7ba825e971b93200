// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/trend.hpp"
#include "store/database.hpp"

namespace klab {

// What nights add up to. Borrows the database; same thread. Times are seconds since the epoch.
class TrendStore {
 public:
  explicit TrendStore(Database& database) : database_(database) {}

  Result<std::vector<RowKey>> rows(std::int64_t cell);  // that have points
  // All nights of the cell, oldest first, gaps included; at most the newest `limit`.
  Result<std::vector<TrendPoint>> points(std::int64_t cell, const RowKey& row, int limit);
  Result<std::vector<ChangePoint>> change_points(std::int64_t cell);
  Result<std::vector<Investigation>> investigations(int limit);  // newest first
  Result<std::vector<Investigation>> investigations_of(std::int64_t cell);
  Result<Investigation> investigation(std::int64_t id);
  Result<std::map<RowKey, NoiseFloor>> floors(const std::string& host);  // rows without A/A runs are not in it

 private:
  Database& database_;
};

}  // namespace klab
