// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "model/metric.hpp"

namespace klab {

// The middle value, or the mean of the two middle ones. `values` must not be empty and must hold no
// NaN.
double median(std::vector<double> values);

// One summary per workload, case and metric of one boot: the median of its passes that were no
// warm-up, in order of first appearance. A metric with only warm-up samples has no summary; samples
// that are not finite are left out.
std::vector<Summary> summarise(const std::vector<Sample>& samples);

}  // namespace klab
