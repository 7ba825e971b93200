// SPDX-License-Identifier: GPL-3.0-or-later
#include "workload/names.hpp"

#include <algorithm>

namespace klab {
namespace {

constexpr std::size_t longest_name = 64;
constexpr std::size_t longest_value = 200;

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }

template <class Allowed>
bool all_of(std::string_view name, Allowed allowed) {
  return !name.empty() && name.size() <= longest_name && std::all_of(name.begin(), name.end(), allowed);
}

}  // namespace

bool is_workload_name(std::string_view name) {
  return all_of(name, [](char c) { return is_lower(c) || is_digit(c) || c == '-' || c == '_'; }) &&
         is_lower(name.front());
}

bool is_variable_name(std::string_view name) {
  return all_of(name, [](char c) { return is_lower(c) || is_digit(c) || c == '_'; }) &&
         is_lower(name.front());
}

bool is_case_name(std::string_view name) {
  constexpr std::string_view others = "._+=:-";
  return all_of(name, [&](char c) { return is_letter(c) || is_digit(c) || others.find(c) != others.npos; });
}

bool is_parameter_value(std::string_view value) {
  return value.size() <= longest_value &&
         std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~' && c != ','; });
}

}  // namespace klab
