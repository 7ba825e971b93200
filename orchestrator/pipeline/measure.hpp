// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <stop_token>
#include <vector>

#include "pipeline/arm_builds.hpp"

namespace klab {

// Boots every slot of the experiment that has no result yet, in the order drawn from its seed. A boot
// that the lab spoiled is run again at once in its slot, three times at most. `artefacts` has one
// entry per arm.
boost::asio::awaitable<Step<void>> measure(Lab& lab, ProgressBoard& board, ExperimentRecord record,
                                           std::vector<WorkloadRun> workloads, std::vector<Artefacts> artefacts,
                                           std::stop_token stop);

// Where the initramfs of a boot lies, with the job in it: kept with the boot, for --reproduce.
std::filesystem::path job_image_path(const Config& config, std::int64_t slot, int attempt);

// What the kernel is told: the machine's console, the tests of a crash, then the arm's own words.
std::string kernel_command_line(const MachineSpec& machine, const std::string& arm);

// A script that boots the same again with nothing but QEMU, or with kexec on a host.
std::string reproduce_script(const MachineSpec& machine, const BootSpec& boot, Acceleration acceleration,
                             const std::string& title);

}  // namespace klab
