// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "util/result.hpp"

namespace klab {

struct FolderFile {
  std::string name;  // relative to the folder, with "/"
  std::filesystem::path path;
  bool executable = false;
};

// Every regular file under `folder`, sorted by name. Anything else than files and directories is an
// error of kind input: a link could bring in what the hash does not cover.
Result<std::vector<FolderFile>> list_folder(const std::filesystem::path& folder);

// SHA-256 over names, contents and executable bits.
Result<std::string> hash_folder(const std::filesystem::path& folder);

}  // namespace klab
