// SPDX-License-Identifier: GPL-3.0-or-later
#include "intake/trailers.hpp"

#include <algorithm>
#include <optional>

#include "util/text.hpp"

namespace klab {
namespace {

template <class Visit>
void each_line(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    visit(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

// Where the key of "Reviewed-by: ..." ends; nothing when the line starts no trailer.
std::optional<std::size_t> key_end(std::string_view line) {
  const auto colon = line.substr(0, 42).find(':');
  if (colon == std::string_view::npos || line.size() > 300) return {};
  const auto key = trim(line.substr(0, colon));
  if (key.size() < 4 || key[0] < 'A' || key[0] > 'Z' || to_lower(key.substr(key.size() - 3)) != "-by") return {};
  if (!std::all_of(key.begin(), key.end(),
                   [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-'; }))
    return {};
  return colon;
}

// "Name <address>", with a remark after it at most, or an address alone.
bool names_somebody(std::string_view value) {
  const auto at = value.find('@');
  if (at == std::string_view::npos) return false;
  const auto close = value.find('>', at);
  if (close == std::string_view::npos) return value.find_first_of(" \t<") == std::string_view::npos;
  if (value.substr(0, at).find('<') == std::string_view::npos) return false;
  const auto rest = trim(value.substr(close + 1));
  return rest.empty() || rest[0] == '#' || rest[0] == '[' || rest[0] == '(';
}

// Mail programs that write HTML leave "<a@b<mailto:a@b>>" in the text.
std::string without_links(std::string_view value) {
  std::string text(value);
  for (;;) {
    const auto link = text.find("<mailto:");
    if (link == std::string::npos) return text;
    const auto end = text.find('>', link);
    if (end == std::string::npos) return text;
    text.erase(link, end - link + 1);
  }
}

}  // namespace

std::vector<std::string> offered_trailers(const Message& reply) {
  std::vector<std::string> trailers;
  std::string open;  // a trailer whose address is on the next line
  each_line(reply.body, [&](std::string_view line) {
    const bool folded = !line.empty() && (line[0] == ' ' || line[0] == '\t');
    std::string whole = folded && !open.empty() ? open + " " : "";
    whole += trim(line);
    open.clear();
    const auto colon = key_end(whole);
    if (!colon) return;
    const std::string value = without_links(trim(std::string_view(whole).substr(*colon + 1)));
    if (value.find('@') == std::string::npos) open = whole;
    if (names_somebody(value) && trailers.size() < 50)
      trailers.push_back(std::string(trim(std::string_view(whole).substr(0, *colon))) + ": " + value);
  });
  return trailers;
}

std::string line_value(std::string_view text, std::string_view key) {
  std::string value;
  each_line(text, [&](std::string_view line) {
    if (line.size() > key.size() + 1 && line.substr(0, key.size()) == key && line[key.size()] == ':' &&
        line.size() < 300)
      value = std::string(trim(line.substr(key.size() + 1)));
  });
  return value;
}

std::vector<std::string> prerequisite_lines(std::string_view text) {
  std::vector<std::string> lines;
  each_line(text, [&](std::string_view line) {
    for (std::string_view key :
         {"prerequisite-patch-id: ", "prerequisite-message-id: ", "prerequisite-change-id: "})
      if (line.substr(0, key.size()) == key && line.size() < 300 && lines.size() < 1000)
        lines.emplace_back(trim(line));
  });
  return lines;
}

}  // namespace klab
