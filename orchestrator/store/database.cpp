// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/database.hpp"

#include <sqlite3.h>

#include "store/migrations.hpp"

namespace klab {
namespace {

std::string remedy(int code) {
  switch (code) {
    case SQLITE_FULL: return "; free space on its disk and try again";
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "; another program holds it, close that and try again";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN: return "; check that its directory exists and can be written";
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT: return "; move it away or restore a copy";
    default: return {};
  }
}

}  // namespace

Error Database::explain(std::string_view verb, const SQLite::Exception& e) const {
  return lab_error("cannot {} in \"{}\": {}{}", verb, path_.string(), e.what(), remedy(e.getErrorCode()));
}

Result<Database> Database::open(const std::filesystem::path& path) {
  try {
    auto connection =
        std::make_unique<SQLite::Database>(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, 5000);
    connection->exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
    const int version = connection->execAndGet("PRAGMA user_version").getInt();
    const int newest = static_cast<int>(migrations().size());
    if (version > newest)
      return lab_error("cannot use the database \"{}\": its schema is version {}, this klab knows {}; use a newer klab",
                       path.string(), version, newest);
    for (int next = version; next < newest; ++next) {
      SQLite::Transaction transaction(*connection, SQLite::TransactionBehavior::IMMEDIATE);
      // Somebody else may have come first between the look and the lock.
      if (connection->execAndGet("PRAGMA user_version").getInt() > next) continue;
      connection->exec(migrations()[static_cast<std::size_t>(next)].sql);
      connection->exec(fmt::format("PRAGMA user_version = {}", next + 1));
      transaction.commit();
    }
    return Database(std::move(connection), path);
  } catch (const SQLite::Exception& e) {
    return lab_error("cannot open the database \"{}\": {}{}", path.string(), e.what(), remedy(e.getErrorCode()));
  }
}

}  // namespace klab
