// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "util/result.hpp"
#include "util/text.hpp"
#include "util/toml.hpp"

namespace klab {

// One table of a TOML file, read key by key. The first error is kept, names file, line and key, and
// turns every later read into a no-op; finish() refuses keys that nobody asked for. Borrowed: the
// table and the error live longer than the reader.
class TomlReader {
 public:
  TomlReader(const toml::table& table, std::string path, const std::string& file, std::optional<Error>& error)
      : table_(table), path_(std::move(path)), file_(file), error_(error) {}

  void fail(const toml::node& node, std::string_view key, std::string_view why) {
    if (error_) return;
    auto where = path_ + std::string(key);
    if (key.empty() && where.ends_with('.')) where.pop_back();  // the table itself
    error_ = input_error("cannot use \"{}\": line {}: {}: {}", printable(file_), node.source().begin.line, printable(where), why);
  }
  void fail_at(std::string_view key, std::string_view why) {
    const auto* node = table_.get(key);
    fail(node ? *node : table_, key, why);
  }
  void fail(std::string_view why) { fail(table_, "", why); }

  const toml::node* find(std::string_view key) {
    known_.emplace_back(key);
    return error_ ? nullptr : table_.get(key);
  }
  bool has(std::string_view key) const { return table_.get(key) != nullptr; }

  template <class T>
  void read(std::string_view key, T& to) {
    const auto* node = find(key);
    if (!node) return;
    if constexpr (std::is_same_v<T, bool>) {
      if (auto value = node->value_exact<bool>()) to = *value;
      else fail(*node, key, "must be true or false");
    } else if constexpr (std::is_floating_point_v<T>) {
      if (auto value = node->value<double>(); value && node->is_number()) to = *value;
      else fail(*node, key, "must be a number");
    } else if constexpr (std::is_integral_v<T>) {
      if (auto value = node->value_exact<std::int64_t>()) to = static_cast<T>(*value);
      else fail(*node, key, "must be a whole number");
    } else {
      if (auto value = node->value_exact<std::string>()) to = T(*value);
      else fail(*node, key, "must be a string");
    }
  }
  template <class T>
  void read_range(std::string_view key, T& to, T least, T most) {
    read(key, to);
    if (!error_ && has(key) && !(to >= least && to <= most))  // NaN is in no range
      fail_at(key, fmt::format("must be between {} and {}, not {}", least, most, to));
  }
  void read_texts(std::string_view key, std::vector<std::string>& to) {
    const auto* node = find(key);
    if (!node) return;
    const auto* array = node->as_array();
    if (!array) return fail(*node, key, "must be a list of strings");
    to.clear();
    for (const auto& element : *array) {
      if (auto value = element.value_exact<std::string>()) to.push_back(*value);
      else return fail(element, key, "must be a list of strings");
    }
  }
  // Calls use(name, TomlReader&) for each sub-table of the table `key`.
  template <class Use>
  void each_table(std::string_view key, Use use) {
    const auto* node = find(key);
    if (!node) return;
    const auto* table = node->as_table();
    if (!table) return fail(*node, key, "must be a table");
    for (const auto& [name, child] : *table) {
      const auto* inner = child.as_table();
      if (!inner) return fail(child, fmt::format("{}.{}", key, name.str()), "must be a table");
      TomlReader reader(*inner, fmt::format("{}{}.{}.", path_, key, name.str()), file_, error_);
      use(std::string(name.str()), reader);
      reader.finish();
    }
  }
  // Calls use(TomlReader&) for each [[key]].
  template <class Use>
  void each_element(std::string_view key, Use use) {
    const auto* node = find(key);
    if (!node) return;
    const auto* array = node->as_array();
    if (!array) return fail(*node, key, fmt::format("must be written as [[{}]]", key));
    std::size_t index = 0;
    for (const auto& element : *array) {
      const auto* inner = element.as_table();
      if (!inner) return fail(element, key, fmt::format("must be written as [[{}]]", key));
      TomlReader reader(*inner, fmt::format("{}{}[{}].", path_, key, index++), file_, error_);
      use(reader);
      reader.finish();
    }
  }
  template <class Use>
  void table(std::string_view key, Use use) {
    const auto* node = find(key);
    if (!node) return;
    const auto* inner = node->as_table();
    if (!inner) return fail(*node, key, "must be a table");
    TomlReader reader(*inner, fmt::format("{}{}.", path_, key), file_, error_);
    use(reader);
    reader.finish();
  }
  void finish() {
    if (error_) return;
    for (const auto& [key, node] : table_)
      if (std::find(known_.begin(), known_.end(), key.str()) == known_.end())
        return fail(node, printable(key.str()), "unknown key; known here: " + join(known_, ", "));
  }
  bool failed() const { return error_.has_value(); }

 private:
  const toml::table& table_;
  std::string path_;
  const std::string& file_;
  std::optional<Error>& error_;
  std::vector<std::string> known_;
};

// toml++ throws; this is where that ends.
inline Result<toml::table> parse_toml(std::string_view text, const std::string& file) {
  try {
    return toml::parse(text, file);
  } catch (const toml::parse_error& e) {
    return input_error("cannot use \"{}\": line {}: {}", printable(file), e.source().begin.line, printable(e.description()));
  } catch (const TomlAssertion&) {
    const int line = toml_assertion_line(text, [&](std::string_view part) { (void)toml::parse(part, file); });
    return input_error("cannot use \"{}\": line {}: not TOML", printable(file), line);
  }
}

}  // namespace klab
