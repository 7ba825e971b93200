// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/packed_text.hpp"

#include <sqlite3.h>
#include <zlib.h>

#include "store/statement.hpp"
#include "util/hash.hpp"

namespace klab {
namespace {

constexpr int as_it_is = 0;
constexpr int zlib = 1;
constexpr std::size_t window = 32u << 10;       // how far zlib looks back
constexpr std::size_t least_to_compress = 100;  // below that there is nothing to gain

std::string_view dictionary_of(std::string_view base) {
  return base.size() > window ? base.substr(base.size() - window) : base;
}

const Bytef* bytes_of(std::string_view text) { return reinterpret_cast<const Bytef*>(text.data()); }

// Cannot fail: its output buffer has the size that zlib says is enough.
std::string packed(std::string_view text, std::string_view dictionary) {
  z_stream stream{};
  deflateInit(&stream, 6);
  if (!dictionary.empty()) deflateSetDictionary(&stream, bytes_of(dictionary), static_cast<uInt>(dictionary.size()));
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = const_cast<Bytef*>(bytes_of(text));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// Nothing where the bytes are not what was packed.
std::optional<std::string> unpacked(std::string_view bytes, std::string_view dictionary, std::size_t size) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return std::nullopt;
  std::string out(size, '\0');
  stream.next_in = const_cast<Bytef*>(bytes_of(bytes));
  stream.avail_in = static_cast<uInt>(bytes.size());
  Bytef nothing = 0;
  stream.next_out = out.empty() ? &nothing : reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  int status = inflate(&stream, Z_FINISH);
  if (status == Z_NEED_DICT && inflateSetDictionary(&stream, bytes_of(dictionary), static_cast<uInt>(dictionary.size())) == Z_OK)
    status = inflate(&stream, Z_FINISH);
  const bool whole = status == Z_STREAM_END && stream.total_out == size;
  inflateEnd(&stream);
  if (!whole) return std::nullopt;
  return out;
}

std::int64_t insert_text(SQLite::Database& db, int encoding, std::optional<std::int64_t> base, std::size_t size,
                         std::string_view bytes, const std::optional<std::string>& digest = {}) {
  auto row = statement(db, "INSERT INTO text (encoding, base, size, bytes) VALUES (?, ?, ?, ?)", encoding, base, size, Blob{bytes});
  row.exec();
  const auto id = db.getLastInsertRowid();
  if (digest) execute(db, "UPDATE text SET digest = ? WHERE id = ?", Blob{*digest}, id);
  return id;
}

// Half the size of the words for it.
std::string digest_of(std::string_view bytes) {
  const auto words = sha256(bytes);
  std::string digest;
  for (std::size_t at = 0; at + 1 < words.size(); at += 2) digest += static_cast<char>(std::stoi(words.substr(at, 2), nullptr, 16));
  return digest;
}

}  // namespace

std::int64_t store_text(SQLite::Database& db, std::string_view bytes, const std::string& kind) {
  if (bytes.size() < least_to_compress) return insert_text(db, as_it_is, {}, bytes.size(), bytes);
  std::optional<std::int64_t> base;
  if (auto row = statement(db, "SELECT text FROM text_base WHERE kind = ?", kind); row.executeStep()) base = row.getColumn(0).getInt64();
  std::string against;
  if (base) {
    against = packed(bytes, dictionary_of(read_text(db, *base)));
    if (against.size() < bytes.size() / 10) return insert_text(db, zlib, base, bytes.size(), against);
  }
  const auto alone = packed(bytes, {});
  if (base && against.size() < alone.size() / 2) return insert_text(db, zlib, base, bytes.size(), against);
  const auto id = alone.size() < bytes.size() ? insert_text(db, zlib, {}, bytes.size(), alone) : insert_text(db, as_it_is, {}, bytes.size(), bytes);
  execute(db, "INSERT INTO text_base (kind, text) VALUES (?, ?) ON CONFLICT DO UPDATE SET text = excluded.text", kind, id);
  return id;
}

std::int64_t store_text_once(SQLite::Database& db, std::string_view bytes) {
  const auto digest = digest_of(bytes);
  if (auto row = statement(db, "SELECT id FROM text WHERE digest = ?", Blob{digest}); row.executeStep()) return row.getColumn(0).getInt64();
  const auto alone = packed(bytes, {});
  if (alone.size() >= bytes.size()) return insert_text(db, as_it_is, {}, bytes.size(), bytes, digest);
  return insert_text(db, zlib, {}, bytes.size(), alone, digest);
}

std::string read_text(SQLite::Database& db, std::int64_t id) {
  auto row = statement(db, "SELECT encoding, base, size, bytes FROM text WHERE id = ?", id);
  if (!row.executeStep()) throw SQLite::Exception(fmt::format("text {} is missing", id), SQLITE_CORRUPT);
  const auto column = row.getColumn(3);
  const std::string_view bytes(static_cast<const char*>(column.getBlob()), static_cast<std::size_t>(column.getBytes()));
  if (row.getColumn(0).getInt() == as_it_is) return std::string(bytes);
  std::string base;
  if (!row.isColumnNull(1)) base = read_text(db, row.getColumn(1).getInt64());
  auto text = unpacked(bytes, dictionary_of(base), static_cast<std::size_t>(row.getColumn(2).getInt64()));
  if (!text) throw SQLite::Exception(fmt::format("text {} does not unpack", id), SQLITE_CORRUPT);
  return std::move(*text);
}

std::string read_text(SQLite::Database& db, const SQLite::Column& plain, const SQLite::Column& id) {
  return id.isNull() ? plain.getString() : read_text(db, id.getInt64());
}

}  // namespace klab
