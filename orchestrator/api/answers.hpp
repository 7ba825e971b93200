// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/json.hpp>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

#include "api/http.hpp"

namespace klab {

// What all routes answer alike.
ApiResponse json_response(const boost::json::object& body, int status = 200);
ApiResponse not_found();
ApiResponse forbidden(std::string_view what);  // a verb: "submit"
// A record that is not there is the client's mistake.
ApiResponse lookup_error(const Error& error);

// The whole text as a number of an address; nothing when it is none.
template <class Integer = std::int64_t>
std::optional<Integer> number(std::string_view text) {
  Integer value{};
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace klab
