// SPDX-License-Identifier: GPL-3.0-or-later
#include "workload/folder.hpp"

#include <algorithm>

#include "util/file.hpp"
#include "util/hash.hpp"

namespace klab {
namespace {
namespace fs = std::filesystem;
}

Result<std::vector<FolderFile>> list_folder(const fs::path& folder) {
  std::vector<FolderFile> files;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const fs::file_status status = entry->symlink_status(error);
    if (error) break;
    if (fs::is_directory(status)) continue;
    if (!fs::is_regular_file(status))
      return input_error(
          "cannot read workload \"{}\": it is neither a file nor a directory; copy the file there",
          entry->path().string());
    const bool executable = (status.permissions() & fs::perms::owner_exec) != fs::perms::none;
    files.push_back({entry->path().lexically_relative(folder).generic_string(), entry->path(), executable});
  }
  if (error) return input_error("cannot read workload \"{}\": {}", folder.string(), error.message());
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return files;
}

Result<std::string> hash_folder(const fs::path& folder) {
  auto files = list_folder(folder);
  if (!files) return files.error();
  FieldHash hash;
  for (const FolderFile& file : *files) {
    auto content = read_file(file.path);
    if (!content) return content.error();
    hash.add("name", file.name).add("executable", file.executable ? "1" : "0").add("content", *content);
  }
  return hash.hex();
}

}  // namespace klab
