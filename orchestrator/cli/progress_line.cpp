// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/progress_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/json_read.hpp"
#include "report/layout.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace {

std::string what(const WatchState& state) {
  if (!state.step.empty() && !state.done()) return state.step;
  return state.state;
}

}  // namespace

WatchState read_watch_state(const boost::json::object& answer) {
  const auto& progress = child(answer, "progress");
  WatchState state;
  state.id = integer(answer, "id");
  state.state = text(answer, "state");
  state.outcome = text(answer, "outcome");
  state.message = text(answer, "message");
  state.tail = lines(answer, "tail");
  state.boots_planned = static_cast<int>(integer(answer, "boots_planned"));
  state.boots_done = static_cast<int>(integer(answer, "boots_done"));
  state.now = number(answer, "now").value_or(0.0);
  state.step = text(progress, "step");
  state.detail = text(progress, "detail");
  state.boot = static_cast<int>(integer(progress, "boot"));
  state.started = number(progress, "started").value_or(0.0);
  state.seconds_per_boot = number(progress, "seconds_per_boot").value_or(0.0);
  state.version = static_cast<std::uint64_t>(integer(progress, "version"));
  state.confirmed_by = integer(answer, "confirmed_by");
  state.confirming = flag(answer, "confirming");
  return state;
}

std::optional<std::chrono::seconds> time_left(const WatchState& state, double now) {
  const int left = state.boots_planned - state.boots_done;
  if (state.done() || state.seconds_per_boot <= 0.0 || left <= 0) return std::nullopt;
  const bool under_way = state.boot > state.boots_done && state.started > 0.0;
  const double used = under_way ? std::clamp(now - state.started, 0.0, state.seconds_per_boot) : 0.0;
  return std::chrono::seconds(std::llround(left * state.seconds_per_boot - used));
}

std::string progress_line(const WatchState& state, double now, int columns) {
  const std::size_t width = static_cast<std::size_t>(std::max(columns - 1, 10));
  std::string line = fmt::format("{}: {}", state.id, what(state));
  std::string end;
  if (const auto left = time_left(state, now))
    end = fmt::format(", {} left", human_duration(*left));
  else if (!state.done() && state.started > 0.0 && now - state.started >= 1.0)
    end = fmt::format(", {} so far", human_duration(std::chrono::seconds(std::llround(now - state.started))));
  const std::size_t fixed = report::columns(line) + report::columns(end);
  if (!state.detail.empty() && fixed + 6 < width) line += ", " + report::cut(state.detail, width - fixed - 2);
  return report::cut(line + end, width);
}

std::string step_line(const WatchState& state) {
  if (state.done())
    return fmt::format("{}: done, {}", state.id, state.outcome.empty() ? "no outcome" : state.outcome);
  return fmt::format("{}: {}", state.id, what(state));
}

}  // namespace klab::cli
