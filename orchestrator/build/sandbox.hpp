// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace klab {

// Inside the sandbox every tree has the same path, so that the command lines which make recorded for
// the baseline's objects are the ones it computes for a series.
inline constexpr const char* kSandboxTree = "/klab/linux";
inline constexpr const char* kSandboxIn = "/klab/in";
inline constexpr const char* kSandboxOut = "/klab/out";

struct Bind {
  std::filesystem::path from;
  std::string to;
  bool writable = false;
};

// What a build may see and use: /usr read-only, a private /tmp, its own directories, no network, no
// other process, no environment but the one given, no way to a second user namespace. /proc is read-only:
// under a daemon of root the build's user is root to /proc/sys. The command is the first process of its
// pid namespace, so that when it ends all others have.
struct Sandbox {
  std::vector<Bind> binds;
  std::vector<std::string> environment;        // NAME=value
  std::string directory = kSandboxTree;        // where the command starts
  std::uint64_t file_size_limit = 4ull << 30;  // bytes in one file
  std::uint64_t temporary_limit = 4ull << 30;  // bytes in /tmp
  std::uint64_t address_limit = 0;             // bytes of address space of one process; 0: none
  unsigned process_limit = 4096;
};

// argv of bubblewrap around `inner`. Pure; needs bwrap and prlimit in PATH when it runs.
std::vector<std::string> sandbox_command(const Sandbox& sandbox, const std::vector<std::string>& inner);

// For ProcessSpec: what bwrap and mount themselves are started with.
std::vector<std::string> launcher_environment();

}  // namespace klab
