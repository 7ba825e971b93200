// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "model/trend.hpp"

namespace klab {

// How the procedure stands the test of A/A runs (stats/aa_alarm.hpp).
struct AaJudgement {
  bool alarming = false;
  std::string words;  // a sentence without its end
};
AaJudgement judge_aa(const AaStanding& standing);

}  // namespace klab
