// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>

#include "model/trend.hpp"

namespace klab {

// Within the caller's transaction; SQLite's exceptions pass through. Steps are not written.
std::int64_t insert_investigation(SQLite::Database& db, const Investigation& investigation);

}  // namespace klab
