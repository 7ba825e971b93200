// SPDX-License-Identifier: GPL-3.0-or-later
#include "util/file.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "util/fd.hpp"

namespace klab {
namespace fs = std::filesystem;
std::string why_not_written(int error) {
  std::string words = std::strerror(error);
  switch (error) {
    case ENOSPC:
    case EDQUOT: return words + "; free space on its disk and try again";
    case EROFS: return words + "; mount it read-write, or set another place in klab.toml";
    case EACCES:
    case EPERM: return words + "; let this user write there, or set another place in klab.toml";
    default: return words;
  }
}

namespace {

Result<void> write_all(int fd, std::string_view content, const fs::path& path) {
  while (!content.empty()) {
    const ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return lab_error("cannot write \"{}\": {}", path.string(), why_not_written(errno));
    content.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

}  // namespace

Result<std::string> read_file(const fs::path& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return input_error("cannot read \"{}\": {}", path.string(), std::strerror(errno));
  std::string content;
  char buffer[65536];
  for (;;) {
    const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return input_error("cannot read \"{}\": {}", path.string(), std::strerror(errno));
    if (n == 0) return content;
    content.append(buffer, static_cast<std::size_t>(n));
  }
}

Result<std::string> read_file_beneath(const fs::path& directory, const fs::path& name, std::size_t most) {
  const auto shown = (directory / name).string();
  UniqueFd root(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) return input_error("cannot read \"{}\": {}", shown, std::strerror(errno));
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;  // a FIFO is refused below, not waited for
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  UniqueFd fd(static_cast<int>(::syscall(SYS_openat2, root.get(), name.c_str(), &how, sizeof how)));
  if (!fd) return input_error("cannot read \"{}\": {}", shown, std::strerror(errno));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode))
    return input_error("cannot read \"{}\": not a regular file", shown);
  if (static_cast<std::size_t>(status.st_size) > most) ::lseek(fd.get(), status.st_size - static_cast<off_t>(most), SEEK_SET);
  std::string content;
  char buffer[65536];
  while (content.size() < most) {
    const ssize_t n = ::read(fd.get(), buffer, std::min(sizeof buffer, most - content.size()));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return input_error("cannot read \"{}\": {}", shown, std::strerror(errno));
    if (n == 0) break;
    content.append(buffer, static_cast<std::size_t>(n));
  }
  return content;
}

Result<void> write_file_atomic(const fs::path& path, std::string_view content) {
  std::string name = path.string() + ".XXXXXX";
  UniqueFd fd(::mkostemp(name.data(), O_CLOEXEC));
  if (!fd) return lab_error("cannot write \"{}\": {}", path.string(), why_not_written(errno));
  auto written = write_all(fd.get(), content, path);
  if (written && ::fchmod(fd.get(), 0644) != 0)
    written = lab_error("cannot write \"{}\": {}", path.string(), why_not_written(errno));
  if (written && ::fsync(fd.get()) != 0)
    written = lab_error("cannot sync \"{}\": {}", path.string(), why_not_written(errno));
  if (written && ::rename(name.c_str(), path.c_str()) != 0)
    written = lab_error("cannot replace \"{}\": {}", path.string(), why_not_written(errno));
  if (!written) ::unlink(name.c_str());
  return written;
}

Result<void> make_directories(const fs::path& path) {
  std::error_code ec;
  fs::create_directories(path, ec);
  if (ec) return lab_error("cannot create directory \"{}\": {}", path.string(), why_not_written(ec.value()));
  return {};
}

Result<TemporaryDirectory> TemporaryDirectory::create(const fs::path& parent, std::string_view prefix) {
  std::string name = (parent / (std::string(prefix) + "XXXXXX")).string();
  if (!::mkdtemp(name.data()))
    return lab_error("cannot create directory \"{}\": {}", name, why_not_written(errno));
  return TemporaryDirectory(fs::path(name));
}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

TemporaryDirectory& TemporaryDirectory::operator=(TemporaryDirectory&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

TemporaryDirectory::~TemporaryDirectory() {
  if (path_.empty()) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace klab
