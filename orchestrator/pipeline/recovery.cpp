// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/recovery.hpp"

#include <spdlog/spdlog.h>

#include <set>

#include "pipeline/measure.hpp"

namespace klab {
namespace fs = std::filesystem;

Result<void> recover(Lab& lab) {
  auto boots = lab.boots.mark_interrupted(lab.now());
  if (!boots) return boots.error();
  auto builds = lab.builds.mark_interrupted(lab.now());
  if (!builds) return builds.error();
  if (*boots + *builds > 0)
    spdlog::warn("an earlier klabd was cut off: {} boots and {} builds are recorded as interrupted", *boots, *builds);

  // The image of a boot's job is kept for those who want to repeat the boot, so only where it gave a result.
  auto kept = lab.boots.results();
  if (!kept) return kept.error();
  std::set<std::string> names;
  for (const auto& [slot, attempt] : *kept) names.insert(job_image_path(lab.config, slot, attempt).filename());
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(lab.config.state / "boots", ignored))
    if (!names.count(entry.path().filename())) fs::remove_all(entry.path(), ignored);
  return {};
}

}  // namespace klab
