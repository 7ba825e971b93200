// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/scratch.hpp"

#include <unistd.h>

#include "util/text.hpp"

namespace klab {
namespace fs = std::filesystem;

std::string scratch_prefix(std::string_view purpose) { return fmt::format("{}{}-", purpose, ::getpid()); }

bool belongs_to_a_living_process(std::string_view name, std::string_view purpose) {
  if (!name.starts_with(purpose)) return false;
  const std::string number(name.substr(purpose.size(), name.find('-', purpose.size()) - purpose.size()));
  if (number.empty() || number.find_first_not_of("0123456789") != number.npos) return false;
  // One that was killed may still wait to be reaped; it has no open files any more.
  std::error_code unreadable;
  const fs::directory_iterator files(fs::path("/proc") / number / "fd", unreadable);
  return unreadable ? unreadable == std::errc::permission_denied : files != fs::directory_iterator();
}

std::vector<fs::path> left_scratch(const fs::path& directory, std::string_view purpose) {
  std::vector<fs::path> left;
  std::error_code ec;
  for (fs::directory_iterator it(directory, ec), end; !ec && it != end; it.increment(ec)) {
    const auto name = it->path().filename().string();
    if (name.starts_with(purpose) && !belongs_to_a_living_process(name, purpose)) left.push_back(it->path());
  }
  return left;
}

}  // namespace klab
