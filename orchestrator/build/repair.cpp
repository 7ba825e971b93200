// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/repair.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "util/file.hpp"
#include "util/text.hpp"

namespace klab {
namespace fs = std::filesystem;
namespace {

template <class Iterator, class Matches>
std::vector<fs::path> those_in(const fs::path& directory, Matches matches) {
  std::error_code ec;
  std::vector<fs::path> found;
  for (Iterator it(directory, ec), end; !ec && it != end; it.increment(ec))
    if (matches(*it)) found.push_back(it->path());
  return found;
}

bool is_empty_file(const fs::directory_entry& entry) {
  std::error_code ec;
  return !entry.is_symlink(ec) && entry.is_regular_file(ec) && entry.file_size(ec) == 0 && !ec;
}

}  // namespace

std::vector<fs::path> empty_objects(const fs::path& repository) {
  auto found = those_in<fs::recursive_directory_iterator>(repository / "refs", [](const fs::directory_entry& entry) {
    return !entry.path().filename().string().ends_with(".lock") && is_empty_file(entry);
  });
  const auto folders = those_in<fs::directory_iterator>(repository / "objects", [](const fs::directory_entry& entry) {
    return entry.path().filename().string().size() == 2;
  });
  for (const auto& folder : folders)
    for (auto& object : those_in<fs::directory_iterator>(folder, [](const fs::directory_entry& entry) {
           return entry.path().filename().string().size() == 38 && is_empty_file(entry);
         }))
      found.push_back(std::move(object));
  return found;
}

void remove_leftovers(const fs::path& repository) {
  const auto name = [](const fs::directory_entry& entry) { return entry.path().filename().string(); };
  const auto is_lock = [&](const fs::directory_entry& entry) { return name(entry).ends_with(".lock"); };
  auto left = those_in<fs::directory_iterator>(repository, [&](const fs::directory_entry& entry) { return is_lock(entry) || name(entry) == "packed-refs.new"; });
  const auto add = [&left](std::vector<fs::path> more) { left.insert(left.end(), more.begin(), more.end()); };
  add(those_in<fs::recursive_directory_iterator>(repository / "refs", is_lock));
  add(those_in<fs::directory_iterator>(repository / "objects" / "pack", [&](const fs::directory_entry& entry) { return name(entry).starts_with("tmp_"); }));
  // Patches are applied without the fetch's lock: what is new here may be an object that is being written.
  const auto old = fs::file_time_type::clock::now() - std::chrono::hours(24);
  add(those_in<fs::recursive_directory_iterator>(repository / "objects", [&](const fs::directory_entry& entry) {
    std::error_code ec;
    return name(entry).starts_with("tmp_") && entry.last_write_time(ec) < old && !ec;
  }));
  std::error_code ignored;
  for (const auto& path : left) fs::remove_all(path, ignored);
}

bool is_repository(const fs::path& directory) {
  std::error_code ec;
  const auto head = read_file(directory / "HEAD"), config = read_file(directory / "config");
  return head && !head->empty() && config && !config->empty() && fs::exists(directory / "objects", ec);
}

// By how the line begins, because patches have a say in what else git prints.
bool tells_of_damage(std::string_view words) {
  constexpr std::string_view signs[] = {"fatal: loose object ", "fatal: unable to read ", "error: inflate", "fatal: not a git repository",
                                        "warning: ignoring broken ref "};
  const auto lines = split_lines(words);
  return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
    if (line.starts_with("error: object file ") && line.find("/objects/") != line.npos) return true;
    return std::any_of(std::begin(signs), std::end(signs), [&](std::string_view sign) { return line.starts_with(sign); });
  });
}

}  // namespace klab
