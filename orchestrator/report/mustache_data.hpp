// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <kainjow/mustache.hpp>
#include <string>
#include <vector>

namespace klab::report {

// A key that a section lacks would be looked up in the sections around it, so every section sets
// every key it names.
using kainjow::mustache::data;

// The engine takes an empty text for true; a section around a text wants false.
inline data text_or_nothing(const std::string& text) {
  return text.empty() ? data{data::type::bool_false} : data{text};
}

inline data flag(bool value) { return data{value ? data::type::bool_true : data::type::bool_false}; }

inline data text_list(const std::vector<std::string>& lines) {
  data list{data::type::list};
  for (const auto& line : lines) list << data{"line", line};
  return list;
}

}  // namespace klab::report
