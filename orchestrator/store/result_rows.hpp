// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <vector>

#include "model/trend.hpp"
#include "store/boot_store.hpp"

namespace klab {

// What boots measured, in and out of the tables; throw SQLite's exceptions. Parts of BootStore.
void insert_results(SQLite::Database& db, std::int64_t boot, const BootEnd& end);

std::vector<Sample> read_samples(SQLite::Database& db, std::int64_t boot);
std::vector<Summary> read_summaries(SQLite::Database& db, std::int64_t boot);
std::vector<Fact> read_facts(SQLite::Database& db, std::int64_t boot);
std::vector<BootNote> read_notes(SQLite::Database& db, std::int64_t boot);
std::vector<UnavailableCase> read_unavailable(SQLite::Database& db, std::int64_t boot);
std::map<std::int64_t, BootNumbers> read_numbers(SQLite::Database& db, std::int64_t experiment);
std::map<std::int64_t, std::vector<Fact>> read_facts_said(SQLite::Database& db, std::int64_t experiment);
RowValues read_row_values(SQLite::Database& db, std::int64_t experiment, const RowKey& row);

}  // namespace klab
