// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/json_read.hpp"

#include <cmath>

#include "util/text.hpp"

namespace klab::cli {
namespace json = boost::json;
namespace {

std::string_view raw_text(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (!value || !value->is_string()) return {};
  return {value->get_string().data(), value->get_string().size()};
}

}  // namespace

std::string text(const json::object& object, std::string_view key) {
  return printable(raw_text(object, key));
}
std::string lines(const json::object& object, std::string_view key) {
  return printable_lines(raw_text(object, key));
}

std::optional<double> number(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (!value || !value->is_number()) return std::nullopt;
  return value->to_number<double>();
}

std::int64_t integer(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (!value) return 0;
  boost::system::error_code ec;
  const auto read = value->to_number<std::int64_t>(ec);
  return ec ? 0 : read;
}

bool flag(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && value->is_bool() && value->get_bool();
}

const json::object& child(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  static const json::value nothing;
  return as_object(value ? *value : nothing);
}

const json::array& list(const json::object& object, std::string_view key) {
  static const json::array nothing;
  const auto* value = object.if_contains(key);
  return value && value->is_array() ? value->get_array() : nothing;
}

const json::object& as_object(const json::value& value) {
  static const json::object nothing;
  return value.is_object() ? value.get_object() : nothing;
}

}  // namespace klab::cli
