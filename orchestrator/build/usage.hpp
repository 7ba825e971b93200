// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <vector>

namespace klab {

inline constexpr std::uint64_t kMostFiles = 2'000'000;
inline constexpr int kDeepest = 200;  // directories in directories

// The process namespace whose first process is `first`, by way of the /proc that it mounted itself: what a host with
// many processes of its own, or a build that forks without end, costs nothing to look at. Nothing before it has one.
struct NamespaceUsage {
  unsigned tasks = 0;        // threads; counted no further than one more than `most`
  std::uint64_t memory = 0;  // bytes that are theirs alone: what they share is program text; of what was counted
};
unsigned namespace_tasks(int first, unsigned most);  // cheap
NamespaceUsage namespace_usage(int first, unsigned most);
std::vector<int> threads_in(int pid);
std::vector<int> children_of(int pid);  // of a process with one thread; cheap where the kernel tells
unsigned host_threads();                // cheap

struct HostMemory {
  std::uint64_t available = ~0ull;  // bytes
  std::uint64_t shared = 0;         // of tmpfs, memfd and System V; no process's own
};
HostMemory host_memory();

struct DiskUsage {
  std::uint64_t bytes = 0;  // blocks, not lengths
  std::uint64_t files = 0;
  bool too_deep = false;
  bool hidden = false;  // a directory that could not be read
};
// What lies below the directories; follows no link, leaves no file system, stops past kMostFiles, and half-way
// when it is asked to. Holds kDeepest descriptors at most. Blocks; for a thread that may.
DiskUsage disk_usage(const std::vector<std::filesystem::path>& directories, std::stop_token stop = {});

std::uint64_t free_bytes(const std::filesystem::path& path);  // for this user; all ones when not known

}  // namespace klab
