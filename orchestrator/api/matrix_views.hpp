// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/json.hpp>

#include "model/matrix.hpp"
#include "pipeline/lab.hpp"
#include "schedule/estimates.hpp"

namespace klab {

// Matrices and nights as JSON, all text printable.

// Of a listing: number of cells by state and verdict, and how fetching went.
Result<boost::json::object> night_line(Lab& lab, const Night& night);
// With every cell, in the order in which they are run, and the matrix file as it was.
Result<boost::json::object> night_view(NightStore& nights, const Night& night);
boost::json::object night_cell_view(const NightCell& cell);

// {"at", "days", "budget"}, or null.
boost::json::value nightly_view(const Matrix& matrix);
boost::json::object cell_view(const CellForecast& forecast);

}  // namespace klab
