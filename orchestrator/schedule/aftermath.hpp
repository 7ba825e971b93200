// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "pipeline/lab.hpp"
#include "schedule/queue.hpp"

namespace klab {

// The machine of an A/A run: two arms of one variant on one machine. Nothing for any other plan.
std::optional<std::string> aa_machine(const ExperimentPlan& plan);

// Fresh boots of all arms, on the same kernels and machines, with another seed.
ExperimentPlan fresh_plan(const ExperimentRecord& record, std::uint64_t seed);

// Looks once at every experiment that has ended and came to its boots, even if some of them failed: an A/A run tells
// the noise of its host; one whose user asked for it and whose verdict is not settled is confirmed by fresh boots,
// which are stored together with the fact that it has been looked at. Reactor thread.
class Aftermath {
 public:
  Aftermath(Lab& lab, Queue& queue) : lab_(lab), queue_(queue) {}
  boost::asio::awaitable<Result<void>> look(std::stop_token stop);

 private:
  Result<void> take(std::int64_t experiment);
  Result<void> keep_noise(const ExperimentRecord& record, const std::string& machine);
  Result<void> judge_host(const std::string& host);
  Result<void> confirm(const ExperimentRecord& record);

  Lab& lab_;
  Queue& queue_;
};

}  // namespace klab
