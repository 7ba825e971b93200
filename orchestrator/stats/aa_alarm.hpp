// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "model/trend.hpp"

namespace klab {

inline constexpr double aa_alarm_rate = 0.05;
inline constexpr std::int64_t aa_runs_before_alarm = 20;
inline constexpr double aa_alarm_p = 0.001;

// That at least so many of the runs alarm: the upper tail of the binomial distribution with aa_alarm_rate, exactly.
// 1 for no runs.
double aa_p(const AaStanding& standing);

// From aa_runs_before_alarm runs on, when aa_p is at most aa_alarm_p.
bool aa_alarming(const AaStanding& standing);

}  // namespace klab
