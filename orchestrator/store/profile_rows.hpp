// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <vector>

#include "model/profile.hpp"

namespace klab {

// A boot's profiles as rows and back. Both throw SQLite::Exception; to be called within Database's guards.
void insert_profiles(SQLite::Database& db, std::int64_t boot, const std::vector<CaseProfile>& profiles);
std::vector<CaseProfile> read_profiles(SQLite::Database& db, std::int64_t boot);

}  // namespace klab
