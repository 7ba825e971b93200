// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/json.hpp>

#include "model/trend.hpp"

namespace klab {

// Trends and investigations as JSON; all text is printable.
boost::json::object trend_view(const Trend& trend);
boost::json::object trend_summary(const Trend& trend);  // without points: counts, and the newest one
boost::json::object investigation_view(const Investigation& investigation);

}  // namespace klab
