// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace klab {

// The fewest boots of each of two arms with which a verdict is possible at all: with fewer every row is "insufficient
// data", whatever was measured.
int least_boots_for_verdict();

// "3 boots an arm can give no verdict; 4 or more do"; empty where they can.
std::string boots_note(int boots);

}  // namespace klab
