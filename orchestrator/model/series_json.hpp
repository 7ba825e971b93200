// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/json/object.hpp>

#include "model/series.hpp"

namespace klab {

// A series as pages and programs see it: everything but the mails themselves, every text made inert
// (see printable). Pure; any thread.
boost::json::object series_json(const Series& series);

}  // namespace klab
