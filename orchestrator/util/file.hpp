// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "util/result.hpp"

namespace klab {

Result<std::string> read_file(const std::filesystem::path& path);
// The regular file `name` of `directory`, at most `most` bytes from its end. Nothing outside the directory is
// read, and no symbolic link below it is followed: for names and places that others may have had a hand in.
Result<std::string> read_file_beneath(const std::filesystem::path& directory, const std::filesystem::path& name, std::size_t most);
// What errno says of a write that failed, with the remedy where there is one.
std::string why_not_written(int error);
// Temporary file beside `path`, fsync, rename: readers see the old content or the new, never a part.
Result<void> write_file_atomic(const std::filesystem::path& path, std::string_view content);
Result<void> make_directories(const std::filesystem::path& path);

// A directory of its own, removed with everything in it on destruction.
class TemporaryDirectory {
 public:
  static Result<TemporaryDirectory> create(const std::filesystem::path& parent, std::string_view prefix);
  TemporaryDirectory(TemporaryDirectory&& other) noexcept;
  TemporaryDirectory& operator=(TemporaryDirectory&& other) noexcept;
  ~TemporaryDirectory();
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace klab
