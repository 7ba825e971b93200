// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "util/result.hpp"

namespace klab {

// What one build may use, all of its processes together.
struct BuildLimits {
  std::uint64_t memory = 0;  // bytes; 0: three quarters of the host's
  unsigned processes = 4096;
  std::uint64_t disk = 32ull << 30;  // bytes that it may write
  std::uint64_t log = 64ull << 20;   // bytes that it may print
  std::chrono::seconds time{7200};   // from its first step to its last
};

enum class LimitKind { memory, processes, disk, files, log, time, host_memory, host_disk };

// The words after `cannot build "...": `, with the remedy. Limits of the host are the laboratory's
// doing, all others the build's.
std::string limit_text(LimitKind kind, const BuildLimits& limits, const std::string& cache);
bool is_lab(LimitKind kind);

// "8 GiB", "512 MiB", "1000 bytes": never rounded.
std::string exact_size(std::uint64_t bytes);

// With memory filled in.
BuildLimits resolved(BuildLimits limits);

}  // namespace klab
