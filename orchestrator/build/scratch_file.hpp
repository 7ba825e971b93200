// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <fstream>
#include <string_view>

#include "util/result.hpp"

namespace klab {

// A file that only a process started next will read: no fsync, which on a busy disk costs more than
// all the rest of applying a patch.
inline Result<void> write_scratch_file(const std::filesystem::path& path, std::string_view content) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  out.close();
  if (!out) return lab_error("cannot write \"{}\"", path.string());
  return {};
}

}  // namespace klab
