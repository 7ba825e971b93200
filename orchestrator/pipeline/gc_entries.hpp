// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pipeline/gc.hpp"

namespace klab {

// What lies in the cache and among the job images, with sizes; blocks for as long as looking at every file takes.
// Names that are not klab's go to `unknown`.
std::vector<GcEntry> gc_cache_entries(const std::filesystem::path& cache, const GcNeeds& needs, std::vector<std::string>& unknown);
std::vector<GcEntry> gc_boot_entries(const std::filesystem::path& boots, const GcNeeds& needs, std::vector<std::string>& unknown);
double gc_last_used(const GcEntry& entry);  // by its files, now

}  // namespace klab
