// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "model/boot.hpp"

namespace klab {

// Name of the virtio port on which the guest writes its results; see images/README.md.
inline constexpr std::string_view kResultsPort = "klab.results";

// Of arm64's `virt` machine: version 2 carries at most eight CPUs; KVM takes what the host has.
std::string gic_version(const MachineSpec& machine, Acceleration acceleration);

// The bare QEMU command that boots what `boot` booted on `machine`: same kernel, initramfs, command line,
// vCPUs, topology, memory, processor model and accelerator; console on standard output, results into
// `results_file`. For `klab show --reproduce`; quote the words with shell_quote().
std::vector<std::string> qemu_command(const MachineSpec& machine, const BootSpec& boot,
                                      Acceleration acceleration, const std::filesystem::path& results_file);

}  // namespace klab
