// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace klab {

// db/NNNN_*.sql, embedded at build, in order; the position (from 1) is the schema's version.
struct Migration {
  std::string name;
  std::string sql;
};
const std::vector<Migration>& migrations();

}  // namespace klab
