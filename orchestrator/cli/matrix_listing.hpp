// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <string>

#include "model/matrix.hpp"

namespace klab::cli {

// The daemon's answers about matrices and nights as text for people. Pure; control characters are made inert.

std::string render_matrices(const boost::json::object& answer, std::size_t columns);  // GET /api/matrices
std::string render_matrix(const boost::json::object& matrix, std::size_t columns);    // GET /api/matrices/NAME
std::string render_nights(const boost::json::object& matrix, std::size_t columns);    // the same, its nights
// GET /api/nights/ID: what the morning has to know, the worst first.
std::string render_night(const boost::json::object& night, std::size_t columns);
// "3 of 12 cells", for a line that is redrawn.
std::string night_progress(const boost::json::object& night);
int night_exit_code(const boost::json::object& night);

// Without a daemon: the cells alone.
std::string render_expansion(const Matrix& matrix, std::size_t columns);
boost::json::object expansion_json(const Matrix& matrix);

}  // namespace klab::cli
