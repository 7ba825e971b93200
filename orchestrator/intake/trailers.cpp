// SPDX-License-Identifier: GPL-3.0-or-later
#include "intake/trailers.hpp"

#include <algorithm>

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

bool is_trailer(std::string_view line) {
  const auto colon = line.find("-by: ");
  if (colon == std::string_view::npos || colon == 0 || colon > 40 || line.size() > 300) return false;
  if (line[0] < 'A' || line[0] > 'Z' || line.back() != '>' || line.find('<') == std::string_view::npos)
    return false;
  return std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(colon),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-'; });
}

}  // namespace

std::vector<std::string> offered_trailers(const Message& reply) {
  std::vector<std::string> trailers;
  each_line(reply.body, [&](std::string_view line) {
    line = trim(line);
    if (is_trailer(line) && trailers.size() < 50) trailers.emplace_back(line);
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
