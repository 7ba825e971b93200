// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>
#include <memory>
#include <type_traits>

#include "util/result.hpp"

namespace klab {

// One connection to the lab's database: write-ahead log, foreign keys, full synchronisation (what
// has been committed survives a power cut). Used by one thread. There is one writer, the daemon,
// which holds `<state>/klabd.lock`; any number of processes may read.
class Database {
 public:
  // Opens or creates it and brings the schema up to date, each migration in a transaction. A schema
  // newer than this program is refused.
  static Result<Database> open(const std::filesystem::path& path);

  SQLite::Database& connection() { return *connection_; }

  // Runs `work` in a transaction that is undone unless it returns a value; SQLite's exceptions end
  // here and become errors: cannot <verb>: <SQLite's words>.
  template <class Work>
  auto transaction(std::string_view verb, Work work) -> Result<std::invoke_result_t<Work>> {
    try {
      SQLite::Transaction transaction(*connection_, SQLite::TransactionBehavior::IMMEDIATE);
      if constexpr (std::is_void_v<std::invoke_result_t<Work>>) {
        work();
        transaction.commit();
        return {};
      } else {
        auto value = work();
        transaction.commit();
        return value;
      }
    } catch (const SQLite::Exception& e) {
      return explain(verb, e);
    }
  }
  template <class Work>
  auto read(std::string_view verb, Work work) -> Result<std::invoke_result_t<Work>> {
    try {
      return work();
    } catch (const SQLite::Exception& e) {
      return explain(verb, e);
    }
  }

 private:
  Database(std::unique_ptr<SQLite::Database> connection, std::filesystem::path path)
      : connection_(std::move(connection)), path_(std::move(path)) {}
  Error explain(std::string_view verb, const SQLite::Exception& e) const;

  std::unique_ptr<SQLite::Database> connection_;
  std::filesystem::path path_;
};

}  // namespace klab
