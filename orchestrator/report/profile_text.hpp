// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "model/comparison.hpp"

namespace klab::report {

// A contrast's profiles as text of at most 72 columns: the hottest eight functions of each workload and
// the hottest one of each case. Names in it are printable already. Empty where there are none.
std::string profile_section(const Comparison& comparison, const Provenance& provenance);

}  // namespace klab::report
