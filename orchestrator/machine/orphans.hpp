// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace klab {

// Kills every QEMU of this user's that was started by an embedded driver below `embed_root`, and gives
// them. For the time when no driver is open there.
std::vector<pid_t> kill_orphans(const std::filesystem::path& embed_root, const std::filesystem::path& proc = "/proc");

// Removes what the driver wrote down of its domains, for after kill_orphans(): libvirt never gets rid of a
// domain whose status was written before its QEMU had a process number, and nothing is to be found again here.
void forget_domains(const std::filesystem::path& embed_root);

// Kills, like kill_orphans(), every process of this name that has this word on its command line.
std::vector<pid_t> kill_by_word(const std::string& program, const std::string& word, const std::filesystem::path& proc = "/proc");

}  // namespace klab
