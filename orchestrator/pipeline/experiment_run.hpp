// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <stop_token>

#include "pipeline/arm_builds.hpp"

namespace klab {

// The two halves of an experiment, which takes it from wherever it stands to its end: base commits and builds
// here, the order of boots and the boots elsewhere, perhaps, so that whoever shares out the machines can do so
// between them. Every step is in the database before the next begins, so a run that was cut off is taken up by
// running it again. When `stop` is requested it powers off, records the boot under way as interrupted, and
// leaves the experiment to be carried on, unless its cancellation is what was asked for. An error is the
// database's; everything else becomes the experiment's outcome.

struct BuiltExperiment {
  ExperimentRecord record;
  std::vector<WorkloadRun> workloads;
  std::vector<Artefacts> artefacts;  // one per arm
};

// Nothing when there is no more to do now: the experiment has ended, or was stopped.
boost::asio::awaitable<Result<std::optional<BuiltExperiment>>> build_experiment(Lab& lab, ProgressBoard& board,
                                                                                std::int64_t experiment, std::stop_token stop);

// Every arm has a machine by now. Nothing when the experiment has ended, or was stopped. A value is the failure
// of a host, named in it: the experiment has not ended, and the caller decides what becomes of both.
boost::asio::awaitable<Result<std::optional<Setback>>> measure_experiment(Lab& lab, ProgressBoard& board, BuiltExperiment built,
                                                                          std::stop_token stop);

Result<void> finish_experiment(Lab& lab, ProgressBoard& board, std::int64_t experiment, const Setback& end);
// A stop is either the user's, and then the experiment ends, or the daemon's, and then it waits.
Result<void> stop_experiment(Lab& lab, ProgressBoard& board, std::int64_t experiment);

}  // namespace klab
