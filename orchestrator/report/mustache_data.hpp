// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <kainjow/mustache.hpp>
#include <string>
#include <vector>

namespace klab::report {

// The engine's data, but what is put into it can be moved: its own set() and << copy everything below, at every level
// again, which was most of a page's time. A key that a section lacks would be looked up in the sections around it, so
// every section sets every key it names.
class data : public kainjow::mustache::data {
 public:
  using Base = kainjow::mustache::data;
  using Base::Base;
  data() = default;
  data(Base other) : Base(std::move(other)) {}
  data(const std::string& name, const Base& value) { set(name, value); }
  data(const std::string& name, Base&& value) { set(name, std::move(value)); }
  void set(const std::string& name, Base value) { (*this)[name] = std::move(value); }
  data& operator<<(Base value) {
    // The list is ours and not const; the engine only has no way to hand it out.
    if (is_list()) const_cast<kainjow::mustache::list&>(list_value()).push_back(std::move(value));
    return *this;
  }
};

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
