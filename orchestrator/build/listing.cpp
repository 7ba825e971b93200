// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/listing.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "build/usage.hpp"
#include "util/fd.hpp"
#include "util/hash.hpp"
#include "util/text.hpp"

namespace klab {
namespace fs = std::filesystem;
namespace {

// A hostile tree has as many names as it may have files, each as long as can be.
constexpr std::size_t kMostHeld = 256u << 20;  // bytes, of the directories between the top and the one that is read
constexpr std::size_t kLongestPath = 3000;     // below the top: programs that are given the whole of it stop at 4096
constexpr std::size_t kShown = 80;

Error unusable(const std::string& name, std::string_view why) {
  const std::string shown = name.size() > kShown ? name.substr(0, kShown) + "..." : name.empty() ? "." : name;
  return failed_error("cannot keep \"{}\": {}", printable(shown), why);
}

// Whoever may not read what a build left has that build to thank for it.
Error unreadable(const std::string& name, int error) {
  if (error == EACCES || error == EPERM)
    return unusable(name, fmt::format("it cannot be read: {}", std::strerror(error)));
  return lab_error("cannot read \"{}\": {}", printable(name), std::strerror(error));
}

// In the order of whole lines, as if all of them had been sorted: what lies in a directory comes where "NAME/"
// stands among the lines beside it. Only one directory of each depth is held.
class Listing {
 public:
  // Takes the descriptor. `path` is empty or ends in '/'.
  Result<void> add(UniqueFd fd, const std::string& path, int depth) {
    if (depth > kDeepest) return unusable(path, fmt::format("directories are nested deeper than {}", kDeepest));
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::fdopendir(fd.get()), ::closedir);
    if (!directory) return unreadable(path, errno);
    fd.release();
    const std::size_t above = held_;
    std::vector<std::string> keys;
    if (auto read = take(directory.get(), path, keys); !read) return read;
    std::sort(keys.begin(), keys.end());
    for (std::string& key : keys) {
      if (!key.ends_with('/')) {
        hash_.add("entry", path + key);
        continue;
      }
      key.pop_back();
      UniqueFd below(::openat(::dirfd(directory.get()), key.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (!below) return unreadable(path + key, errno);
      if (auto added = add(std::move(below), path + key + "/", depth + 1); !added) return added;
    }
    held_ = above;
    return {};
  }
  std::string hex() { return hash_.hex(); }

 private:
  // The line of each entry, and for a directory also where its own lines come: no line ends in '/'.
  Result<void> take(DIR* directory, const std::string& path, std::vector<std::string>& keys) {
    for (errno = 0; const dirent* entry = ::readdir(directory); errno = 0) {
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      if (path.size() + name.size() > kLongestPath)
        return unusable(path + name, fmt::format("its path is longer than {} bytes", kLongestPath));
      struct stat found {};
      if (::fstatat(::dirfd(directory), entry->d_name, &found, AT_SYMLINK_NOFOLLOW) != 0)
        return unreadable(path + name, errno);
      if (S_ISDIR(found.st_mode)) {
        keys.push_back(name + "/");
        held_ += sizeof(std::string) + name.size();
        keys.push_back(name + " directory");
      } else {
        keys.push_back(fmt::format("{} {:o} {} {}.{:09}", name, found.st_mode, found.st_size, found.st_mtim.tv_sec,
                                   found.st_mtim.tv_nsec));
      }
      held_ += sizeof(std::string) + keys.back().size();
      if (held_ > kMostHeld) return unusable(path + name, "too many names are beside it");
    }
    if (errno != 0) return unreadable(path, errno);
    return {};
  }

  FieldHash hash_;
  std::size_t held_ = 0;
};

}  // namespace

Result<std::string> listing_hash(const fs::path& directory) {
  UniqueFd top(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!top) return lab_error("cannot read directory \"{}\": {}", directory.string(), std::strerror(errno));
  Listing listing;
  if (auto added = listing.add(std::move(top), "", 0); !added) return added.error();
  return listing.hex();
}

Result<void> sync_file_system(const fs::path& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::syncfs(fd.get()) != 0)
    return lab_error("cannot sync \"{}\": {}", path.string(), std::strerror(errno));
  return {};
}

}  // namespace klab
