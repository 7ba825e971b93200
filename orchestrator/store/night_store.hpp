// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/night.hpp"
#include "store/database.hpp"

namespace klab {

// Matrices' cells and nights. Borrows the database; same thread. Times are seconds since the epoch.
class NightStore {
 public:
  explicit NightStore(Database& database) : database_(database) {}

  Result<std::vector<std::string>> matrices();  // that have nights, by name
  Result<std::vector<Cell>> cells(const std::string& matrix);  // in the order in which they were first seen
  Result<Cell> cell(std::int64_t id);                          // kind input when there is none
  Result<Night> night(std::int64_t id);                        // likewise
  Result<std::vector<Night>> nights(const std::string& matrix, int limit);  // newest first; trees included
  Result<std::vector<NightCell>> night_cells(std::int64_t night);           // in order
  Result<std::vector<NightCell>> history(std::int64_t cell, int limit);     // newest first
  Result<std::optional<NightCell>> of_experiment(std::int64_t experiment);
  Result<NightCell> night_cell(std::int64_t id);

 private:
  Database& database_;
};

}  // namespace klab
