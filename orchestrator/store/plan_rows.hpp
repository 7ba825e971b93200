// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>

#include "model/experiment.hpp"

namespace klab {

// A plan as rows and back. Both throw SQLite::Exception; to be called within Database's guards.
std::int64_t insert_plan(SQLite::Database& db, const ExperimentPlan& plan, double now);
ExperimentPlan read_plan(SQLite::Database& db, std::int64_t experiment);

}  // namespace klab
