// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

#include "stats/labelling.hpp"

namespace klab {

// Twice the midrank of every value, an integer even among ties.
std::vector<int> doubled_midranks(std::span<const double> values);

// Exact conditional permutation p of |U - nm/2| with midranks. Values of the reference come first,
// then set.patched() of the patched arm. Hollander & Wolfe, Nonparametric Statistical Methods, ch. 4.
double rank_p_value(std::span<const double> values, const LabellingSet& set);

}  // namespace klab
