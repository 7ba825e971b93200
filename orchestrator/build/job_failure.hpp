// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "build/contain.hpp"
#include "model/series.hpp"
#include "util/result.hpp"

namespace klab {

// What a failed step is judged by, besides what it printed.
struct FailureContext {
  std::string purpose;  // "build \"debian-6.12 7f4ae43a849a\""
  BuildLimits limits;
  std::filesystem::path cache;
  bool grouped = false;        // memory was limited by a control group
  std::uint64_t kills = 0;     // host_out_of_memory_kills() before the step
  std::vector<Patch> patches;  // of the series; empty for its baseline
};

// cannot <purpose>: <first cause> (<what led to it>), with the end of the output as tail. Kind lab only
// when the build did not begin, or the laboratory's own part has been looked at and is short of something:
// what a build prints is no proof, it could claim a full disk each time.
Error step_failure(const FailureContext& context, const Contained& ended);

std::uint64_t host_out_of_memory_kills();

// A lab error that a full or read-only disk is behind, in words that name the directory and the remedy;
// any other error as it is.
Error explain_disk(Error error, const std::string& purpose, const std::filesystem::path& cache);

}  // namespace klab
