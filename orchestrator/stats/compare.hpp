// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/comparison.hpp"

namespace klab {

// The rows of one contrast with medians, effect, interval, p-values and verdict, in the order given.
// Pure: the same data and seed give the same numbers everywhere; any thread. Total: data of any
// shape gives a Comparison, never an error; what could not be computed is left out and its note says
// why. Meant for up to 1,000 boots an arm.
// Formulas and their sources: stats/STATISTICS.md.
Comparison compare(const ContrastData& data);

}  // namespace klab
