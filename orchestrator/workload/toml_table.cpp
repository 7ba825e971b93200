// SPDX-License-Identifier: GPL-3.0-or-later
#include "workload/toml_table.hpp"

#include "util/text.hpp"

namespace klab {

void TomlProblems::add(const toml::node& where, std::string_view key, std::string_view cause) {
  if (!first_)
    first_ = input_error("cannot read workload \"{}\": line {}, key {}: {}", file_, where.source().begin.line,
                         printable(key), cause);
}

const toml::node* TomlTable::find(std::string_view key) {
  known_.emplace(key);
  return table_.get(key);
}

void TomlTable::problem(std::string_view key, std::string_view cause) {
  const toml::node* node = table_.get(key);
  problems_.add(node ? *node : static_cast<const toml::node&>(table_), full(key), cause);
}

std::optional<std::string> TomlTable::optional_text(std::string_view key) {
  const toml::node* node = find(key);
  if (!node) return std::nullopt;
  if (const auto* text = node->as_string()) return text->get();
  problem(key, "must be a text in quotes");
  return std::nullopt;
}

std::string TomlTable::text(std::string_view key) {
  if (!find(key)) problem(key, "is missing");
  return optional_text(key).value_or("");
}

bool TomlTable::flag(std::string_view key) {
  const toml::node* node = find(key);
  if (!node) return false;
  if (const auto* flag = node->as_boolean()) return flag->get();
  problem(key, "must be true or false");
  return false;
}

std::optional<double> TomlTable::optional_number(std::string_view key) {
  const toml::node* node = find(key);
  if (!node) return std::nullopt;
  if (node->is_number()) return node->value<double>();
  problem(key, "must be a number");
  return std::nullopt;
}

std::optional<std::int64_t> TomlTable::optional_whole(std::string_view key, std::int64_t least,
                                                      std::int64_t most) {
  const toml::node* node = find(key);
  if (!node) return std::nullopt;
  const auto* number = node->as_integer();
  if (number && number->get() >= least && number->get() <= most) return number->get();
  problem(key, fmt::format("must be a whole number from {} to {}", least, most));
  return std::nullopt;
}

std::optional<std::string> TomlTable::optional_scalar(std::string_view key) {
  const toml::node* node = find(key);
  if (!node) return std::nullopt;
  if (const auto* number = node->as_integer()) return std::to_string(number->get());
  if (const auto* text = node->as_string()) return text->get();
  problem(key, "must be a text in quotes or a whole number");
  return std::nullopt;
}

std::string TomlTable::scalar(std::string_view key) {
  if (!find(key)) problem(key, "is missing");
  return optional_scalar(key).value_or("");
}

std::vector<std::string> TomlTable::texts(std::string_view key) {
  std::vector<std::string> out;
  const toml::node* node = find(key);
  if (!node) return out;
  const auto* array = node->as_array();
  bool good = array != nullptr;
  if (array)
    for (const auto& element : *array) {
      const auto* text = element.as_string();
      good = good && text;
      if (text) out.push_back(text->get());
    }
  if (!good) problem(key, "must be a list of texts in quotes");
  return out;
}

const toml::table* TomlTable::optional_table(std::string_view key) {
  const toml::node* node = find(key);
  if (!node) return nullptr;
  if (!node->is_table()) problem(key, "must be a table");
  return node->as_table();
}

std::vector<const toml::table*> TomlTable::tables(std::string_view key) {
  std::vector<const toml::table*> out;
  const toml::node* node = find(key);
  if (!node) return out;
  const auto* array = node->as_array();
  bool good = array != nullptr;
  if (array)
    for (const auto& element : *array) {
      good = good && element.is_table();
      if (element.is_table()) out.push_back(element.as_table());
    }
  if (!good) problem(key, fmt::format("must be written as [[{}]]", full(key)));
  return out;
}

void TomlTable::unknown() {
  for (const auto& [key, node] : table_)
    if (!known_.contains(key.str())) problem(key.str(), "is not known here");
}

}  // namespace klab
