// SPDX-License-Identifier: GPL-3.0-or-later
#include "intake/diff_path.hpp"

#include <algorithm>

#include "util/text.hpp"

namespace klab {
namespace {

// Reads one quoted path from the front of `rest`, its quotes included.
std::optional<std::string> take_quoted(std::string_view& rest) {
  std::string path;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    const char c = rest[i];
    if (c == '"') {
      rest.remove_prefix(i + 1);
      return path;
    }
    if (c != '\\') {
      path += c;
      continue;
    }
    if (++i == rest.size()) return {};
    constexpr std::string_view letters = "abtnvfr\"\\";
    constexpr std::string_view meanings = "\a\b\t\n\v\f\r\"\\";
    if (const auto at = letters.find(rest[i]); at != std::string_view::npos) {
      path += meanings[at];
      continue;
    }
    const std::string_view octal = rest.substr(i, 3);
    if (octal.size() < 3 || octal[0] > '3' || octal.find_first_not_of("01234567") != std::string_view::npos)
      return {};
    path += static_cast<char>((octal[0] - '0') * 64 + (octal[1] - '0') * 8 + (octal[2] - '0'));
    i += 2;
  }
  return {};
}

std::string_view after_slash(std::string_view path) {
  const auto slash = path.find('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
}

// The name as the loosest of the usual file systems sees it: letters without case, HFS's ignored
// characters gone, NTFS's trailing dots, spaces and streams cut.
std::string folded(std::string_view component) {
  std::string name;
  for (unsigned char c : to_lower(component))
    if (c < 0x80) name += static_cast<char>(c);
  name.erase(std::min(name.find(':'), name.size()));
  const auto last = name.find_last_not_of(". ");
  name.erase(last == std::string::npos ? 0 : last + 1);
  return name;
}

std::string component_objection(std::string_view component) {
  if (component.empty() || component == ".") return "which no tree can hold";
  if (component == "..") return "and a patch may not leave the tree";
  if (component.size() > 255) return "a name longer than 255 bytes";
  const std::string name = folded(component);
  if (name == ".git" || name == "git~1") return "and a patch may not reach into .git";
  return {};
}

}  // namespace

std::optional<std::string> unquote_path(std::string_view written) {
  if (written.empty() || written[0] != '"') return std::string(written.substr(0, written.find('\t')));
  return take_quoted(written);
}

std::string_view without_date(std::string_view written) {
  constexpr std::string_view form = " 0000-00-00 00:00";
  for (std::size_t at = 1; at + form.size() <= written.size(); ++at) {
    bool is_date = true;
    for (std::size_t i = 0; is_date && i < form.size(); ++i) {
      const char c = written[at + i];
      is_date = form[i] == '0' ? c >= '0' && c <= '9' : c == form[i];
    }
    if (is_date) return trim(written.substr(0, at));
  }
  return written;
}

std::optional<std::pair<std::string, std::string>> git_header_names(std::string_view names) {
  if (!names.empty() && names[0] == '"') {
    auto first = take_quoted(names);
    if (!first || names.empty() || names[0] != ' ') return {};
    auto second = unquote_path(names.substr(1));
    if (!second || after_slash(*first) != after_slash(*second)) return {};
    return std::pair{*first, *second};
  }
  if (!names.empty() && names.back() == '"') {
    const auto quote = names.find(" \"");
    if (quote == std::string_view::npos) return {};
    auto second = unquote_path(names.substr(quote + 1));
    if (!second || after_slash(names.substr(0, quote)) != after_slash(*second)) return {};
    return std::pair{std::string(names.substr(0, quote)), *second};
  }
  // Prefixes are of any length, but the two rests are equal: the first rest starts after the first slash,
  // and the second ends the line. With prefixes of one length the space is in the middle, which is the
  // only place git's own diffs put it.
  const std::size_t middle = names.size() / 2;
  if (names.size() % 2 == 0 || names[middle] != ' ') return {};
  const auto first = names.substr(0, middle);
  const auto second = names.substr(middle + 1);
  if (after_slash(first).empty() || after_slash(first) != after_slash(second)) return {};
  return std::pair{std::string(first), std::string(second)};
}

std::string path_objection(std::string_view path) {
  if (path.empty()) return "which names no file";
  if (path[0] == '/') return "an absolute path, and a patch may not leave the tree";
  if (path.size() > 4096) return "a path longer than 4096 bytes";
  for (unsigned char c : path)
    if (c < 32 || c == 127) return "a path with control characters";
  std::string_view rest = path;
  for (;;) {
    const auto slash = rest.find('/');
    if (auto objection = component_objection(rest.substr(0, slash)); !objection.empty()) return objection;
    if (slash == std::string_view::npos) return {};
    rest.remove_prefix(slash + 1);
  }
}

}  // namespace klab
