// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace klab {

// Kills every QEMU of this user's that was started by an embedded driver below `embed_root`, and gives
// them. For the time when no driver is open there: libvirt finds domains of a former life again, but not the
// QEMUs with which it asks for capabilities, and not one that was started and not yet written down.
std::vector<pid_t> kill_orphans(const std::filesystem::path& embed_root, const std::filesystem::path& proc = "/proc");

// The same for every process of this name that has this word on its command line.
std::vector<pid_t> kill_by_word(const std::string& program, const std::string& word, const std::filesystem::path& proc = "/proc");

}  // namespace klab
