// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "model/boot.hpp"

namespace klab {

// What this host's /proc and /sys say; `root` is "/" outside tests. Blocks for a moment (small virtual
// files). What cannot be read is "n/a", or left at zero.
std::map<std::string, std::string> local_facts(const std::filesystem::path& root);  // cpu, cpus, microcode,
                                                                                    // kernel, firmware
HostState local_state(const std::filesystem::path& root);

}  // namespace klab
