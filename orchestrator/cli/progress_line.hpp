// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace klab::cli {

// The daemon's answer to "progress", all text printable.
struct WatchState {
  std::int64_t id = 0;
  std::string state;    // queued, building, measuring, done
  std::string outcome;  // empty while it runs
  std::string message;
  std::string tail;
  int boots_planned = 0;
  int boots_done = 0;
  double now = 0.0;  // seconds since the epoch, by the daemon's clock
  std::string step;
  std::string detail;
  int boot = 0;  // under way, from 1
  double started = 0.0;
  double seconds_per_boot = 0.0;  // 0: no boot has ended yet
  std::uint64_t version = 0;
  std::int64_t confirmed_by = 0;  // fresh boots of it; 0: none
  bool confirming = false;        // whether there will be any is not decided yet
  bool done() const { return state == "done"; }
};
WatchState read_watch_state(const boost::json::object& answer);

// Time left: boots left at the mean of those that ended, less what the one under way has used. Nothing
// before the first boot has ended, or when none is left.
std::optional<std::chrono::seconds> time_left(const WatchState& state, double now);

// The line that a terminal redraws: at most `columns` - 1 columns, no line feed. The step and the time left
// are never cut, the detail is. Where no time left is known (a build) it says how long the step has taken.
std::string progress_line(const WatchState& state, double now, int columns);

// The line printed where nothing can be redrawn. It changes with the step, not with the clock or the passes
// within a boot; print it when it differs from the last one.
std::string step_line(const WatchState& state);

}  // namespace klab::cli
