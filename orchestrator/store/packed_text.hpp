// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace klab {

// Long texts, kept small in the table `text`. To be called inside a transaction, or, for reading, anywhere; throw
// SQLite's exceptions, and one of kind SQLITE_CORRUPT for bytes that do not unpack.

// A text that resembles others of its kind: compressed against an earlier one where that helps. A text that all
// later ones of the kind resemble more than the earlier takes its place.
std::int64_t store_text(SQLite::Database& db, std::string_view bytes, const std::string& kind);

// A text that comes again as it is: stored once.
std::int64_t store_text_once(SQLite::Database& db, std::string_view bytes);

std::string read_text(SQLite::Database& db, std::int64_t id);

// A text that may stand in its older column, as it is, or, where `id` is not NULL, in `text`.
std::string read_text(SQLite::Database& db, const SQLite::Column& plain, const SQLite::Column& id);

}  // namespace klab
