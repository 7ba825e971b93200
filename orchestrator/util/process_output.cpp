// SPDX-License-Identifier: GPL-3.0-or-later
#include "util/process_output.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace klab {

Result<OutputFile> OutputFile::open(const std::filesystem::path& path, std::uint64_t most,
                                    std::function<void()> on_full) {
  OutputFile file;
  file.fd_.reset(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  struct stat found {};
  if (!file.fd_ || ::fstat(file.fd_.get(), &found) != 0)
    return lab_error("cannot write \"{}\": {}", path.string(), std::strerror(errno));
  const auto size = static_cast<std::uint64_t>(found.st_size);
  file.left_ = most > size ? most - size : 0;
  file.on_full_ = std::move(on_full);
  return file;
}

void OutputFile::append(std::string_view bytes) {
  if (!fd_) return;
  std::string_view fits = bytes.substr(0, std::min<std::uint64_t>(bytes.size(), left_));
  left_ -= fits.size();
  const bool full = fits.size() < bytes.size();
  while (!fits.empty()) {
    const ssize_t n = ::write(fd_.get(), fits.data(), fits.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    fits.remove_prefix(static_cast<std::size_t>(n));
  }
  if (full && on_full_) std::exchange(on_full_, nullptr)();
}

BeginLine::BeginLine(const std::string& line) : line_(line + "\n"), looking_(!line.empty()) {}

std::string_view BeginLine::pass(std::string_view bytes) {
  if (!looking_) return bytes;
  held_ += bytes;
  for (auto at = held_.find(line_); at != std::string::npos; at = held_.find(line_, at + 1)) {
    if (at > 0 && held_[at - 1] != '\n') continue;
    held_.erase(at, line_.size());
    looking_ = false;
    found_ = true;
    return held_;
  }
  return {};
}

std::string_view BeginLine::rest() {
  return std::exchange(looking_, false) ? std::string_view(held_) : std::string_view();
}

}  // namespace klab
