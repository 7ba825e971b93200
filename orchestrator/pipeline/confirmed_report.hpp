// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pipeline/report_data.hpp"

namespace klab {

// The experiment's report with that of its confirmation beside it, where one was asked for.
Result<Report> confirmed_report(Lab& lab, const ExperimentRecord& record);

}  // namespace klab
