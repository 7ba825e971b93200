// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <stop_token>
#include <vector>

#include "pipeline/lab.hpp"
#include "pipeline/progress.hpp"
#include "workload/definition.hpp"

namespace klab {

// How the preparation of an experiment can go wrong: an outcome with its evidence.
// Not an aggregate: in C++20 an Outcome alone would initialise one, and a Step<Outcome> could not tell.
struct Setback {
  Setback() = default;
  Setback(Outcome o, Error e) : outcome(o), error(std::move(e)) {}
  Outcome outcome = Outcome::lab_error;
  Error error;
  std::string machine;  // whose failure it is, where it is one's
};
template <class T>
using Step = boost::system::result<T, Setback>;

[[noreturn]] inline void throw_exception_from_error(const Setback& s, const boost::source_location&) {
  throw ErrorException(s.error);
}

// The workloads as they were when the experiment was submitted; a folder that has changed since then
// is refused, because half of the boots may have been measured with the other ruler.
Step<std::vector<WorkloadRun>> load_workloads(const Config& config, const ExperimentPlan& plan);

// Resolves, applies and builds every arm of the experiment, in that order over all arms, so that a
// series that does not apply is known before an hour of building. Arms with equal inputs share one
// build. On success one entry per arm.
boost::asio::awaitable<Step<std::vector<Artefacts>>> build_arms(Lab& lab, ProgressBoard& board, ExperimentRecord record,
                                                                std::vector<WorkloadRun> workloads, std::stop_token stop);

// Where a build's log is written while it goes on.
std::filesystem::path build_log_path(const Config& config, std::int64_t build);

}  // namespace klab
