// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "store/database.hpp"

namespace klab {

inline constexpr std::array<int, 6> boot_second_bounds{30, 60, 120, 300, 600, 1800};

struct BootTotal {
  std::string machine;
  std::string outcome;
  std::int64_t number = 0;
  double seconds = 0.0;
  std::array<std::int64_t, boot_second_bounds.size()> within{};  // as boot_second_bounds
};

struct BuildTotal {
  std::string outcome;
  bool from_cache = false;
  std::int64_t number = 0;
  double seconds = 0.0;
};

// What the database counts as it happens; see db/0009_storage.sql. None of it costs more when more is stored.
struct Totals {
  std::vector<BootTotal> boots;
  std::vector<BuildTotal> builds;
  std::map<std::string, std::int64_t> experiments_ended;  // by outcome
  std::map<std::string, std::int64_t> experiments;        // not ended, by state
  std::int64_t boots_waiting = 0;                         // of those experiments
  std::int64_t boots_running = 0;
  std::int64_t samples = 0;
  std::int64_t database_bytes = 0;
  std::int64_t database_free_bytes = 0;                   // of them, to be used again
};

// Borrows the database; same thread.
class TotalStore {
 public:
  explicit TotalStore(Database& database) : database_(database) {}
  Result<Totals> read();

 private:
  Database& database_;
};

}  // namespace klab
