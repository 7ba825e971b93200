// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace klab {

// Bytes that are stored as a BLOB.
struct Blob {
  std::string_view bytes;
};

inline void bind_value(SQLite::Statement& s, int at, std::string_view text) { s.bind(at, std::string(text)); }
inline void bind_value(SQLite::Statement& s, int at, const Blob& blob) {
  s.bind(at, static_cast<const void*>(blob.bytes.data()), static_cast<int>(blob.bytes.size()));
}
inline void bind_value(SQLite::Statement& s, int at, double value) { s.bind(at, value); }
inline void bind_value(SQLite::Statement& s, int at, bool value) { s.bind(at, value ? 1 : 0); }
template <std::integral T>
void bind_value(SQLite::Statement& s, int at, T value) {
  s.bind(at, static_cast<std::int64_t>(value));
}
template <class T>
void bind_value(SQLite::Statement& s, int at, const std::optional<T>& value) {
  if (value) bind_value(s, at, *value);
  else s.bind(at);
}

// A prepared statement with its values bound, to be stepped by the caller.
template <class... Values>
SQLite::Statement statement(SQLite::Database& db, const char* sql, const Values&... values) {
  SQLite::Statement prepared(db, sql);
  int at = 0;
  (bind_value(prepared, ++at, values), ...);
  return prepared;
}

template <class... Values>
void execute(SQLite::Database& db, const char* sql, const Values&... values) {
  statement(db, sql, values...).exec();
}

template <class... Values>
std::int64_t insert(SQLite::Database& db, const char* sql, const Values&... values) {
  execute(db, sql, values...);
  return db.getLastInsertRowid();
}

}  // namespace klab
