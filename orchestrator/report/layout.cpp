// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/layout.hpp"

#include <algorithm>

#include "util/text.hpp"

namespace klab::report {
namespace {

std::string pad(const std::string& text, std::size_t width, bool right) {
  const std::size_t used = columns(text);
  const std::string space(width > used ? width - used : 0, ' ');
  return right ? space + text : text + space;
}

std::string join_cells(const std::vector<std::string>& cells, std::string_view gap) {
  std::string line = join(cells, gap);
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

std::string paragraphs(const std::vector<TableColumn>& heads,
                       const std::vector<std::vector<std::string>>& rows, std::size_t width) {
  std::string out;
  for (const auto& row : rows) {
    std::vector<std::string> parts;
    for (std::size_t i = 1; i < heads.size(); ++i)
      parts.push_back(join(split(heads[i].head, '\n'), " ") + " " + row[i]);
    out += wrap(row[0] + ": " + join(parts, "; "), width, 2);
  }
  return out;
}

}  // namespace

std::string cut(std::string_view text, std::size_t width) {
  if (columns(text) <= width) return std::string(text);
  if (width == 0) return {};
  return std::string(text.substr(0, bytes_within(text, width - 1))) + "~";
}

std::string wrap(std::string_view text, std::size_t width, std::size_t indent, std::size_t first) {
  std::string out, line(first, ' ');
  bool started = false;  // the line holds a word, not only its indentation
  const auto flush = [&] {
    out += line + "\n";
    line.assign(indent, ' ');
    started = false;
  };
  for (const auto& part : split(text, ' ')) {
    std::string_view word = part;
    if (word.empty()) continue;
    if (started && columns(line) + 1 + columns(word) > width) flush();
    if (started) line += ' ';
    while (columns(line) + columns(word) > width) {
      const std::size_t bytes = bytes_within(word, width - columns(line));
      line += word.substr(0, bytes);
      word.remove_prefix(bytes);
      flush();
    }
    line += word;
    started = true;
  }
  if (started) flush();
  return out;
}

std::string table(const std::vector<TableColumn>& heads, const std::vector<std::vector<std::string>>& rows,
                  std::size_t width) {
  const std::size_t count = heads.size();
  std::vector<std::vector<std::string>> titles;  // per line of the heading
  std::vector<std::size_t> widths(count, 0);
  for (std::size_t i = 0; i < count; ++i) {
    const auto lines = split(heads[i].head, '\n');
    if (titles.size() < lines.size()) titles.resize(lines.size(), std::vector<std::string>(count));
    for (std::size_t line = 0; line < lines.size(); ++line) {
      titles[line][i] = lines[line];
      widths[i] = std::max(widths[i], columns(lines[line]));
    }
    for (const auto& row : rows) widths[i] = std::max(widths[i], columns(row[i]));
  }

  std::size_t total = count - 1;
  for (const std::size_t w : widths) total += w;
  for (std::size_t i = 0; i < count && total > width; ++i) {
    if (heads[i].least == 0 || widths[i] <= heads[i].least) continue;
    const std::size_t less = std::min(total - width, widths[i] - heads[i].least);
    widths[i] -= less;
    total -= less;
  }
  if (total > width) return paragraphs(heads, rows, width);
  const std::string_view gap = total + count - 1 <= width ? "  " : " ";

  std::string out;
  const auto add = [&](const std::vector<std::string>& cells) {
    std::vector<std::string> padded;
    for (std::size_t i = 0; i < count; ++i)
      padded.push_back(pad(cut(cells[i], widths[i]), widths[i], heads[i].right));
    out += join_cells(padded, gap);
  };
  for (const auto& title : titles) add(title);
  std::vector<std::string> rule;
  for (const std::size_t w : widths) rule.emplace_back(w, '-');
  out += join_cells(rule, gap);
  for (const auto& row : rows) add(row);
  return out;
}

}  // namespace klab::report
