// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"
#include "workload/definition.hpp"

namespace klab {

// One workload of a boot, with the modules built for that boot's kernel.
struct JobWorkload {
  WorkloadRun run;
  std::vector<std::filesystem::path> modules;  // .ko files; they lie beside the run program in the guest
  std::filesystem::path program = {};          // executable, named klab_<workload> there; may be empty
};

// What job.conf says; images/runner/job.h has the grammar. The seed is of the order of cases; with
// `profile_hz` the guest also tells where time went.
std::string job_configuration(const std::vector<JobWorkload>& workloads, std::string_view nonce,
                              std::uint64_t seed, int profile_hz = 0);

// Writes the initramfs of one boot to `out`, whole or not at all: `base` (from images/build.sh) and
// behind it a newc archive of /job, with every file of the workloads' folders but the module's
// sources, workload.toml and *.md. The same input gives the same bytes.
Result<void> write_job_image(const std::filesystem::path& out, const std::filesystem::path& base,
                             const std::vector<JobWorkload>& workloads, std::string_view nonce,
                             std::uint64_t seed, int profile_hz = 0);

}  // namespace klab
