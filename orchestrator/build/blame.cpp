// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/blame.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "util/text.hpp"

namespace klab {
namespace {

struct Hunk {
  int old_first = 0, old_count = 1, new_first = 0, new_count = 1;
  std::vector<int> added;  // lines of the new file
};

struct FileDiff {
  std::string old_name, new_name;  // empty: /dev/null
  std::vector<Hunk> hunks;
};

struct PatchDiff {
  const Patch* patch = nullptr;
  std::vector<FileDiff> files;
  std::string added, removed;  // all such lines
};

std::string path_of(std::string_view name) {
  if (const auto tab = name.find('\t'); tab != std::string_view::npos) name = name.substr(0, tab);
  name = trim(name);
  if (name == "/dev/null") return {};
  return std::string(name.starts_with("a/") || name.starts_with("b/") ? name.substr(2) : name);
}

bool range(std::string_view& text, char sign, int& first, int& count) {
  const auto at = text.find(sign);
  if (at == std::string_view::npos) return false;
  text.remove_prefix(at + 1);
  const char* end = text.data() + text.size();
  auto [next, error] = std::from_chars(text.data(), end, first);
  if (error != std::errc()) return false;
  count = 1;
  if (next != end && *next == ',') next = std::from_chars(next + 1, end, count).ptr;
  text.remove_prefix(static_cast<std::size_t>(next - text.data()));
  // No file is longer; a sum of two such numbers is still a number.
  return first >= 0 && count >= 0 && first < 1 << 28 && count < 1 << 28;
}

PatchDiff parse(const Patch& patch) {
  PatchDiff diff;
  diff.patch = &patch;
  int old_left = 0, new_left = 0, new_line = 0;
  std::string old_name;
  for (const std::string& line : split_lines(patch.mail)) {
    if (old_left > 0 || new_left > 0) {
      const char sign = line.empty() ? ' ' : line.front();
      if (sign == '+') {
        diff.files.back().hunks.back().added.push_back(new_line);
        diff.added += line + "\n";
      }
      if (sign == '-') diff.removed += line + "\n";
      if (sign != '-' && sign != '\\') --new_left, ++new_line;
      if (sign != '+' && sign != '\\') --old_left;
      continue;
    }
    if (line.starts_with("rename from ")) old_name = line.substr(12);
    if (line.starts_with("rename to ")) diff.files.push_back({old_name, line.substr(10), {}});
    if (line.starts_with("--- ")) old_name = path_of(line.substr(4));
    if (line.starts_with("+++ ")) {
      const std::string name = path_of(line.substr(4));
      if (diff.files.empty() || diff.files.back().new_name != name || !diff.files.back().hunks.empty())
        diff.files.push_back({old_name, name, {}});
    }
    if (!line.starts_with("@@ -") || diff.files.empty()) continue;
    Hunk hunk;
    std::string_view text = line;
    if (!range(text, '-', hunk.old_first, hunk.old_count) ||
        !range(text, '+', hunk.new_first, hunk.new_count))
      continue;
    old_left = hunk.old_count, new_left = hunk.new_count, new_line = hunk.new_first;
    diff.files.back().hunks.push_back(std::move(hunk));
  }
  return diff;
}

// The line in the file before the diff; 0 when the diff brought it.
int line_before(const FileDiff& file, int line) {
  int shift = 0;
  for (const Hunk& hunk : file.hunks) {
    if (line < hunk.new_first) break;
    if (line < hunk.new_first + hunk.new_count) {
      if (std::binary_search(hunk.added.begin(), hunk.added.end(), line)) return 0;
      const auto above = std::count_if(hunk.added.begin(), hunk.added.end(), [&](int l) { return l < line; });
      // Removed lines above it inside the hunk are not counted: a context line is near enough.
      return hunk.old_first + (line - hunk.new_first - static_cast<int>(above));
    }
    shift += hunk.old_count - hunk.new_count;
  }
  return line + shift;
}

bool within_hunk(const FileDiff& file, int line) {
  return std::any_of(file.hunks.begin(), file.hunks.end(), [line](const Hunk& hunk) {
    return line >= hunk.new_first && line < hunk.new_first + hunk.new_count;
  });
}

// Back through the series, with the line where it stood before each patch.
const Patch* toucher(const std::vector<PatchDiff>& series, std::string file, int line) {
  const Patch* last = nullptr;
  const Patch* near = nullptr;
  for (auto diff = series.rbegin(); diff != series.rend(); ++diff) {
    const auto found = std::find_if(diff->files.begin(), diff->files.end(), [&](const FileDiff& f) {
      return f.new_name == file || (f.new_name.empty() && f.old_name == file);
    });
    if (found == diff->files.end()) continue;
    if (!last) last = diff->patch;
    if (line > 0) {
      if (!near && within_hunk(*found, line)) near = diff->patch;
      line = line_before(*found, line);
      if (line == 0) return diff->patch;
    }
    if (!found->old_name.empty()) file = found->old_name;
  }
  return near ? near : last;
}

std::string name_patch(const Patch& patch, const std::vector<Patch>& patches) {
  int of = static_cast<int>(patches.size());
  for (const Patch& other : patches) of = std::max(of, other.number);
  return fmt::format("patch {}/{} \"{}\"", patch.number, of, printable(patch.subject));
}

bool has_word(const std::string& text, const std::string& word) {
  auto part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const auto end = at + word.size();
    if ((at == 0 || !part(text[at - 1])) && (end == text.size() || !part(text[end]))) return true;
  }
  return false;
}

// What an object file was made from, as far as its name tells.
std::vector<std::string> sources_of(const std::string& file) {
  if (!file.ends_with(".o")) return {file};
  const std::string stem = file.substr(0, file.size() - 2);
  return {file, stem + ".c", stem + ".S", stem + ".rs"};
}

}  // namespace

std::string blame(const FirstCause& cause, const std::vector<Patch>& patches) {
  if (patches.empty() || cause.file.starts_with("/") || (cause.file.empty() && cause.subject.empty()))
    return {};
  std::vector<PatchDiff> series;
  for (const Patch& patch : patches) series.push_back(parse(patch));
  for (const std::string& file : sources_of(cause.file))
    if (const Patch* patch = file.empty() ? nullptr : toucher(series, file, cause.line))
      return "touched by " + name_patch(*patch, patches);
  for (const SourcePlace& place : cause.related)
    if (const Patch* patch = toucher(series, place.file, place.line))
      return fmt::format("{} touched by {}", printable(place.file), name_patch(*patch, patches));
  if (!cause.subject.empty())
    for (auto diff = series.rbegin(); diff != series.rend(); ++diff)
      for (const auto& [lines, verb] :
           {std::pair{&diff->added, "used"}, std::pair{&diff->removed, "removed"}})
        if (has_word(*lines, cause.subject))
          return fmt::format("`{}' {} by {}", printable(cause.subject), verb,
                             name_patch(*diff->patch, patches));
  return cause.file.empty() ? std::string() : "not touched by the series";
}

}  // namespace klab
