// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string_view>

namespace klab {

// How a build or a boot ended. Everything up to workload_failed is the kernel's doing and therefore
// a result; lab_error and interrupted are the lab's and are run again.
enum class Outcome {
  ok,
  apply_failed,
  build_failed,
  boot_failed,      // never reached the runner
  crashed,          // panic, oops, BUG
  hung,             // silence, lockup, stall, or no end in time
  workload_failed,  // the runner reported an error, or its results were not valid
  lab_error,
  interrupted,
  cancelled,
};
std::string_view name(Outcome outcome);  // "ok", "apply-failed", ... as stored and printed
std::optional<Outcome> outcome_from_name(std::string_view name);
bool is_failure(Outcome outcome);       // the kernel's doing and not ok
bool runs_again(Outcome outcome);       // lab_error, interrupted

}  // namespace klab
