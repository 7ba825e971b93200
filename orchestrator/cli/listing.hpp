// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <string>

namespace klab::cli {

// The daemon's answers as text for people. Pure; control characters of whatever came are made inert.

// GET /api/experiments: a table of at most `columns` columns, newest first as the daemon orders them.
std::string render_status(const boost::json::object& answer, std::size_t columns);
// GET /api/experiments/N: everything about an experiment.
std::string render_experiment(const boost::json::object& experiment);
// GET /api/boots/N: everything about a boot; samples as the passes of each row.
std::string render_boot(const boost::json::object& boot);

}  // namespace klab::cli
