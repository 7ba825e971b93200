// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <filesystem>
#include <map>
#include <stop_token>
#include <string>

#include "pipeline/lab.hpp"
#include "pipeline/investigation_plan.hpp"
#include "schedule/queue.hpp"

namespace klab {

// Takes an investigation as far as it goes without waiting for boots: from a candidate to its confirmation, from that
// to a bisection, step by step, to its end. What has been found out is in its steps, and everything follows from
// them; nothing is kept here but how often git has failed, so that a restart at any instant goes on where it was. A
// step and its experiment are stored together, hence none is submitted twice. git runs while no guest is measured on
// the local machine. Reactor thread.
class Investigations {
 public:
  Investigations(Lab& lab, Queue& queue) : lab_(lab), queue_(queue) {}

  // All that have not ended. An error is the database's, or that `stop` was requested. Where git fails for the lab's
  // reasons one is left as it is and tried again, at the earliest after `patience`, until it has failed `most_tries`
  // times in this life.
  boost::asio::awaitable<Result<void>> advance(std::stop_token stop);

  static constexpr int least_boots = 5;    // per arm
  static constexpr int most_failures = 3;  // of the lab, at one step
  static constexpr int most_steps = 40;
  static constexpr int most_tries = 5;       // of git
  static constexpr double patience = 120.0;  // seconds

 private:
  using Task = boost::asio::awaitable<Result<void>>;

  Task advance_one(std::int64_t id, std::stop_token stop);
  Result<bool> evaluate(const Investigation& one, const InvestigationStep& step);
  Result<Finding> find_out(const Investigation& one, const InvestigationStep& step, const ExperimentRecord& record);
  Task confirm(const Investigation& one, std::stop_token stop);
  Task bisect(const Investigation& one, std::stop_token stop);
  Task name_commit(const Investigation& one, std::filesystem::path repository, std::string commit, int commits, std::stop_token stop);
  bool is_early(const Investigation& one) const;
  Result<void> git_failed(const Investigation& one, const std::string& real, const Error& error);
  Result<void> submit(const Investigation& one, InvestigationState state, const std::string& commit, const ExperimentPlan& plan);
  Result<void> end(const Investigation& one, const std::string& result, const std::string& conclusion, const std::string& culprit = {});
  Result<std::string> cell_label(const Investigation& one);

  Lab& lab_;
  Queue& queue_;
  struct Trouble {
    int times = 0;
    double last = 0.0;
  };
  std::map<std::int64_t, Trouble> trouble_;  // with git
};

// Whether a person has ended it by cancelling its confirmation, who meant all of it.
bool was_cancelled(const Investigation& one);

}  // namespace klab
