// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/json/object.hpp>
#include <string>

namespace klab::cli {

// A series as text, from the form that series_json gives it: the first line without its end, so that the
// caller may head it, then indented lines. Pure.
std::string series_heading(const boost::json::object& series);
std::string series_body(const boost::json::object& series);

}  // namespace klab::cli
