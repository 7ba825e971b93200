// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "model/trend.hpp"
#include "pipeline/lab.hpp"

namespace klab {

// What has to be said beside every number: how its boots were accelerated ("TCG"), whose guests had another
// architecture than their host ("arm64 emulated on x86_64"), and which had more CPUs than it ("overcommitted").
using Labels = std::vector<std::string>;

Labels ground_labels(const Config& config, const ExperimentGround& ground);
// By experiment; one without a good boot has none.
Result<std::map<std::int64_t, Labels>> experiment_labels(Lab& lab, const std::vector<std::int64_t>& experiments);
// Of all of them together, each once.
Result<Labels> labels_of(Lab& lab, const std::vector<std::int64_t>& experiments);

// The experiments behind what is shown.
std::vector<std::int64_t> experiments_of(const std::vector<NightCell>& cells);
std::vector<std::int64_t> experiments_of(const Trend& trend);
// Its two nights and its steps.
Result<std::vector<std::int64_t>> experiments_of(Lab& lab, const Investigation& investigation);

}  // namespace klab
