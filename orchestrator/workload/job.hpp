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

// What a job is besides its workloads.
struct JobIdentity {
  std::string nonce;       // comes back in the guest's hello
  std::uint64_t seed = 1;  // of the order of cases
  int profile_hz = 0;      // the guest also tells where time went
  std::string results = {};  // a statement for guests without a virtio port: how results are sent
};

// What job.conf says; images/runner/job.h has the grammar.
std::string job_configuration(const std::vector<JobWorkload>& workloads, const JobIdentity& identity);

// Writes the initramfs of one boot to `out`, whole or not at all: `base` (from images/build.sh) and
// behind it a newc archive of /job, with every file of the workloads' folders but the module's
// sources, workload.toml and *.md. The same input gives the same bytes.
Result<void> write_job_image(const std::filesystem::path& out, const std::filesystem::path& base,
                             const std::vector<JobWorkload>& workloads, const JobIdentity& identity);

}  // namespace klab
