// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/repair.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "util/file.hpp"
#include "util/text.hpp"

namespace klab {
namespace fs = std::filesystem;
namespace {

template <class Iterator>
void remove_where(const fs::path& directory, bool (*matches)(const fs::directory_entry&)) {
  std::error_code ec;
  std::vector<fs::path> doomed;
  for (Iterator it(directory, ec), end; !ec && it != end; it.increment(ec))
    if (matches(*it)) doomed.push_back(it->path());
  for (const auto& path : doomed) fs::remove(path, ec);
}

bool is_empty_file(const fs::directory_entry& entry) {
  std::error_code ec;
  return !entry.is_symlink(ec) && entry.is_regular_file(ec) && entry.file_size(ec) == 0 && !ec;
}

}  // namespace

void remove_empty_objects(const fs::path& repository) {
  std::error_code ec;
  for (fs::directory_iterator it(repository / "objects", ec), end; !ec && it != end; it.increment(ec))
    if (it->path().filename().string().size() == 2)
      remove_where<fs::directory_iterator>(it->path(), [](const fs::directory_entry& entry) {
        return entry.path().filename().string().size() == 38 && is_empty_file(entry);
      });
  remove_where<fs::recursive_directory_iterator>(repository / "refs", [](const fs::directory_entry& entry) {
    return !entry.path().filename().string().ends_with(".lock") && is_empty_file(entry);
  });
}

void remove_leftovers(const fs::path& repository) {
  const auto left = [](const fs::directory_entry& entry) {
    const auto name = entry.path().filename().string();
    return name.ends_with(".lock") || name == "packed-refs.new" || name.starts_with("tmp_");
  };
  remove_where<fs::directory_iterator>(repository, left);
  remove_where<fs::recursive_directory_iterator>(repository / "refs", left);
  remove_where<fs::recursive_directory_iterator>(repository / "objects", left);
  remove_empty_objects(repository);
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
