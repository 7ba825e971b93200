// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "config/config.hpp"
#include "model/experiment.hpp"
#include "util/result.hpp"

namespace klab {

// Checks a request against the configuration and makes it complete: defaults filled in, mail read into
// series, fragments and workloads read from their folders. `seed` is used where the request has none.
// Every error (kind input) names the field or the file. Runs git; blocks; any thread.
Result<ExperimentPlan> make_plan(const ExperimentRequest& request, const Config& config, const std::string& submitter,
                                 std::uint64_t seed);

}  // namespace klab
