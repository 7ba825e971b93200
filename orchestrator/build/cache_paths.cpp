// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/cache_paths.hpp"

#include "build/job.hpp"
#include "util/text.hpp"

namespace klab {
namespace fs = std::filesystem;

fs::path kernel_directory(const fs::path& cache, const std::string& key) { return cache / "kernels" / key; }

fs::path module_directory(const fs::path& cache, const std::string& key) { return cache / "modules" / key; }

void mark_used(const fs::path& directory) {
  std::error_code ignored;
  fs::last_write_time(directory, fs::file_time_type::clock::now(), ignored);
}

void say_damaged(const fs::path& log, const fs::path& directory, const Error& why) {
  std::error_code ignored;
  if (fs::exists(directory, ignored))
    append_line(log, fmt::format("klab: {}; it is built again", why.message));
}

}  // namespace klab
