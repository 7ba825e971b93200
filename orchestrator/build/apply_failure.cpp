// SPDX-License-Identifier: GPL-3.0-or-later
#include <charconv>
#include <optional>

#include "build/apply.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

struct Place {
  std::string file;
  int line = 0;
};

// "error: patch failed: kernel/workqueue.c:1190"
std::optional<Place> failed_place(std::string_view line) {
  constexpr std::string_view kStart = "error: patch failed: ";
  if (!line.starts_with(kStart)) return std::nullopt;
  line.remove_prefix(kStart.size());
  const auto colon = line.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  Place place{std::string(line.substr(0, colon)), 0};
  std::from_chars(line.data() + colon + 1, line.data() + line.size(), place.line);
  return place;
}

// The hunk of `file` that begins at the old line `place.line`, counted from 1, and how many there are.
std::pair<int, int> find_hunk(std::string_view diff, const Place& place) {
  int number = 0, found = 0;
  bool inside = false;
  std::string old_name;
  for (const std::string& line : split_lines(diff)) {
    if (line.starts_with("diff --git ")) inside = false;
    if (line.starts_with("--- ")) old_name = line.substr(4);
    if (line.starts_with("+++ "))
      inside = line.substr(4) == "b/" + place.file || old_name == "a/" + place.file;
    if (!inside || !line.starts_with("@@ -")) continue;
    ++number;
    int first = 0;
    std::from_chars(line.data() + 4, line.data() + line.size(), first);
    if (first == place.line && found == 0) found = number;
  }
  return {found, number};
}

std::string cause(const std::vector<std::string>& lines, std::string_view diff) {
  for (const std::string& line : lines) {
    if (auto place = failed_place(line)) {
      const auto [hunk, of] = find_hunk(diff, *place);
      if (hunk > 0)
        return fmt::format("{}, hunk {} of {} (line {}) does not match", place->file, hunk, of, place->line);
      return fmt::format("{}, the hunk at line {} does not match", place->file, place->line);
    }
  }
  for (std::string_view start : {"error: ", "fatal: "})
    for (const std::string& line : lines)
      if (line.starts_with(start)) return line.substr(start.size());
  for (const std::string& line : lines)
    if (line.starts_with("Patch is empty")) return "it has no diff";
  return lines.empty() ? std::string("git am said nothing") : lines.front();
}

// Advice about a work tree that is gone by now helps nobody.
bool is_advice(std::string_view line) {
  return line.starts_with("hint: ") || line.starts_with("When you have resolved") ||
         line.starts_with("If you prefer to skip") || line.starts_with("To restore the original") ||
         line.starts_with("To record the empty patch") || trim(line).empty();
}

}  // namespace

Error apply_failure(const std::vector<Patch>& patches, std::size_t applied, const std::string& commit,
                    std::string_view output, std::string_view diff) {
  std::vector<std::string> lines;
  for (std::string& line : split_lines(printable_lines(output)))
    if (!is_advice(line)) lines.push_back(std::move(line));
  std::string which = "patch";
  if (applied < patches.size())
    which =
        fmt::format("{}/{} {}", patches[applied].number, patches.size(), printable(patches[applied].subject));
  Error error = failed_error("cannot apply \"{}\" to {}: {}", which, commit.substr(0, 12),
                             printable(cause(lines, diff)));
  error.tail = join(lines, "\n");
  return error;
}

}  // namespace klab
