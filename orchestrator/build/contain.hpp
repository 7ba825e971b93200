// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

#include "build/limits.hpp"
#include "build/usage.hpp"
#include "util/process.hpp"
#include "util/result.hpp"

namespace klab {

struct Containment {
  BuildLimits limits;  // resolved()
  std::chrono::steady_clock::time_point deadline;
  std::vector<std::filesystem::path> writable;  // all that the command can write; measured
  std::filesystem::path cache;                  // whose disk must not fill up
  std::filesystem::path cgroup_parent;          // empty: memory and processes are only watched
  std::function<DiskUsage(const std::vector<std::filesystem::path>&, std::stop_token)> measure = disk_usage;
};

struct Contained {
  ProcessResult process;         // its output, as far as it came, when a limit was reached
  std::optional<LimitKind> hit;  // first limit that was reached
};

// Runs bubblewrap (`spec` without deadline) until it ends, a limit is reached or `stop` is requested.
// In each case nothing of the namespace is left when this returns: its first process is killed, and
// bubblewrap is waited for, which ends only after the kernel has ended all the others. The log, its
// ProcessSpec::output_file, ends at its limit. Several times a second it looks at the time, memory, processes
// and the room on the disk; a control group, where there is one, is faster. What was written is walked
// beside that, as often as it takes time. One reactor thread; the looking happens on `pool`, whose two
// threads are for nothing else.
boost::asio::awaitable<Result<Contained>> run_contained(ProcessSpec spec, Containment containment,
                                                        boost::asio::thread_pool& pool, std::stop_token stop);

}  // namespace klab
