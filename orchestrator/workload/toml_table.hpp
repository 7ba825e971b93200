// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"
#include "util/toml.hpp"

namespace klab {

// The first problem of a file; later ones are consequences more often than not.
class TomlProblems {
 public:
  explicit TomlProblems(std::string file) : file_(std::move(file)) {}
  void add(const toml::node& where, std::string_view key, std::string_view cause);
  const std::optional<Error>& first() const { return first_; }

 private:
  std::string file_;
  std::optional<Error> first_;
};

// One table with a closed set of keys: a getter of a missing or wrong key notes the problem and
// returns an empty value; unknown() notes every key no getter asked for. Refers to the document and
// to the problems, which must outlive it.
class TomlTable {
 public:
  TomlTable(const toml::table& table, std::string prefix, TomlProblems& problems)
      : table_(table), prefix_(std::move(prefix)), problems_(problems) {}

  std::optional<std::string> optional_text(std::string_view key);
  std::string text(std::string_view key);
  bool flag(std::string_view key);  // false when missing
  std::optional<double> optional_number(std::string_view key);
  std::optional<std::int64_t> optional_whole(std::string_view key, std::int64_t least, std::int64_t most);
  std::optional<std::string> optional_scalar(std::string_view key);  // a text or a whole number, as text
  std::string scalar(std::string_view key);
  std::vector<std::string> texts(std::string_view key);  // empty when missing
  const toml::table* optional_table(std::string_view key);
  std::vector<const toml::table*> tables(std::string_view key);  // [[key]]; empty when missing
  void unknown();

  bool is_whole(std::string_view key) const { return table_.get(key) && table_.get(key)->is_integer(); }
  // A problem of this table's own, at `key` where it has one.
  void problem(std::string_view key, std::string_view cause);
  std::string full(std::string_view key) const {
    return prefix_.empty() ? std::string(key) : prefix_ + "." + std::string(key);
  }

 private:
  const toml::node* find(std::string_view key);

  const toml::table& table_;
  std::string prefix_;
  TomlProblems& problems_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace klab
