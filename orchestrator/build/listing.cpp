// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/listing.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "util/fd.hpp"
#include "util/hash.hpp"

namespace klab {
namespace fs = std::filesystem;

Result<std::string> listing_hash(const fs::path& directory) {
  std::vector<std::string> lines;
  std::error_code ec;
  const std::size_t above = directory.string().size() + 1;
  fs::recursive_directory_iterator it(directory, ec);
  for (const fs::recursive_directory_iterator end; !ec && it != end; it.increment(ec)) {
    const std::string path = it->path().string();
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0)
      return lab_error("cannot read \"{}\": {}", path, std::strerror(errno));
    const std::string name = path.substr(above);
    if (S_ISDIR(found.st_mode))
      lines.push_back(fmt::format("{} directory", name));
    else
      lines.push_back(fmt::format("{} {:o} {} {}.{:09}", name, found.st_mode, found.st_size,
                                  found.st_mtim.tv_sec, found.st_mtim.tv_nsec));
  }
  if (ec) return lab_error("cannot read directory \"{}\": {}", directory.string(), ec.message());
  std::sort(lines.begin(), lines.end());
  FieldHash hash;
  for (const std::string& line : lines) hash.add("entry", line);
  return hash.hex();
}

Result<void> sync_file_system(const fs::path& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::syncfs(fd.get()) != 0)
    return lab_error("cannot sync \"{}\": {}", path.string(), std::strerror(errno));
  return {};
}

}  // namespace klab
