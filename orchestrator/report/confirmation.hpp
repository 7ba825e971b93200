// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "model/comparison.hpp"

namespace klab::report {

// What fresh boots say of the rows that wanted them, one sentence each; or that they are still to come. The two
// runs stand side by side, each with its own numbers. Empty where no confirmation was asked for.
std::vector<std::string> confirmation_lines(const Report& report);

}  // namespace klab::report
