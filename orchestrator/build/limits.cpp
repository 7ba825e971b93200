// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/limits.hpp"

#include <unistd.h>

#include <algorithm>

#include "build/usage.hpp"
#include "util/text.hpp"

namespace klab {

std::string exact_size(std::uint64_t bytes) {
  constexpr std::pair<int, const char*> units[] = {{30, "GiB"}, {20, "MiB"}, {10, "KiB"}};
  for (const auto& [shift, unit] : units)
    if (bytes >= 1ull << shift && bytes % (1ull << shift) == 0)
      return fmt::format("{} {}", bytes >> shift, unit);
  return fmt::format("{} bytes", bytes);
}

BuildLimits resolved(BuildLimits limits) {
  if (limits.memory > 0) return limits;
  const auto host = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                    static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  limits.memory = std::max<std::uint64_t>(host / 4 * 3 >> 20, 512) << 20;
  return limits;
}

std::string limit_text(LimitKind kind, const BuildLimits& limits, const std::string& cache) {
  const char* raise = "under [build] in klab.toml if this kernel needs more";
  switch (kind) {
    case LimitKind::memory:
      return fmt::format("the build used more than {} of memory: raise memory {}", exact_size(limits.memory),
                         raise);
    case LimitKind::processes:
      return fmt::format("the build ran more than {} processes at once: raise processes {}", limits.processes,
                         raise);
    case LimitKind::disk:
      return fmt::format("the build wrote more than {} to disk: raise disk {}", exact_size(limits.disk),
                         raise);
    case LimitKind::files:
      return fmt::format("the build made more than {} files, or directories nested deeper than {}",
                         kMostFiles, kDeepest);
    case LimitKind::log:
      return fmt::format("the build printed more than {}", exact_size(limits.log));
    case LimitKind::time:
      return fmt::format("the build took longer than {}: raise time {}", human_duration(limits.time), raise);
    case LimitKind::host_memory:
      return "this host ran out of memory before the build reached its limit: free memory, or lower memory "
             "under "
             "[build] in klab.toml";
    case LimitKind::host_disk:
      break;
  }
  return fmt::format("the disk of \"{}\" is full: make room there, or set cache in klab.toml to another disk",
                     cache);
}

bool is_lab(LimitKind kind) { return kind == LimitKind::host_memory || kind == LimitKind::host_disk; }

}  // namespace klab
