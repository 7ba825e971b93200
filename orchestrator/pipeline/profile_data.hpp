// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "model/profile.hpp"
#include "pipeline/lab.hpp"

namespace klab {

// Where time went in both arms of a contrast (indices into the plan's arms); nothing when the experiment
// has no profiles. What is not there yet, or failed, says so in its place. An error is the database's.
Result<std::optional<ContrastProfile>> contrast_profile(Lab& lab, const ExperimentRecord& record, std::size_t reference,
                                                        std::size_t patched);

}  // namespace klab
