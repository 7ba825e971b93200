// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/comparison.hpp"
#include "pipeline/lab.hpp"

namespace klab {

// The comparisons of an experiment, from what is stored; of one that is still going on, from the boots
// there are. Nothing is cached: the numbers follow from the samples, every time.
Result<Report> experiment_report(Lab& lab, const ExperimentRecord& record);

}  // namespace klab
