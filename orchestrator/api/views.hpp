// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/json.hpp>

#include "pipeline/lab.hpp"
#include "pipeline/progress.hpp"

namespace klab {

// What is stored, as JSON. All text is made printable: a subject line cannot carry an escape sequence
// to a terminal.
boost::json::object experiment_line(const ExperimentLine& line, const Progress& progress);
boost::json::object progress_view(const Progress& progress);
Result<boost::json::object> experiment_view(Lab& lab, const ProgressBoard& board, const ExperimentRecord& record);
Result<boost::json::object> boot_view(Lab& lab, const BootDetail& boot);

}  // namespace klab
