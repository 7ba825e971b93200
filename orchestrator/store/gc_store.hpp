// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <set>
#include <string>

#include "store/database.hpp"

namespace klab {

// What artefacts are needed for; see pipeline/gc.hpp. Borrows the database; same thread.
class GcStore {
 public:
  explicit GcStore(Database& database) : database_(database) {}
  Result<std::set<std::string>> needed_builds();   // keys
  Result<std::set<std::int64_t>> needed_slots();   // of experiments that have not ended

 private:
  Database& database_;
};

}  // namespace klab
