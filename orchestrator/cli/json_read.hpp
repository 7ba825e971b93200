// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace klab::cli {

// The daemon's answers, read leniently: a field that is absent, null or of another type reads as nothing, so
// that a newer daemon does not break an older klab. Text is made printable(): it is about to meet a terminal.
std::string text(const boost::json::object& object, std::string_view key);
std::string lines(const boost::json::object& object, std::string_view key);  // line feeds stay
std::optional<double> number(const boost::json::object& object, std::string_view key);
std::int64_t integer(const boost::json::object& object, std::string_view key);  // 0 when absent
bool flag(const boost::json::object& object, std::string_view key);
const boost::json::object& child(const boost::json::object& object, std::string_view key);  // or an empty one
const boost::json::array& list(const boost::json::object& object, std::string_view key);    // or an empty one
const boost::json::object& as_object(const boost::json::value& value);                      // or an empty one

}  // namespace klab::cli
