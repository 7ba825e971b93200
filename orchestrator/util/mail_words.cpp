// SPDX-License-Identifier: GPL-3.0-or-later
#include "util/mail_words.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "util/base64.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

constexpr std::size_t fold_width = 76;
// Bytes in one encoded word of a text, so that the first stands beside "Subject:".
constexpr std::size_t beside_subject = 36;

}  // namespace

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7F; });
}

bool has_to_be_encoded(std::string_view text) { return !is_printable_ascii(text) || text.find("=?") != text.npos; }

std::string encoded_words(std::string_view text, std::size_t bytes) {
  std::string out;
  while (!text.empty()) {
    std::size_t take = std::min(text.size(), bytes);
    while (take > 1 && take < text.size() && (static_cast<unsigned char>(text[take]) & 0xC0) == 0x80) --take;
    out += (out.empty() ? "" : " ") + fmt::format("=?utf-8?B?{}?=", base64_encode(text.substr(0, take)));
    text.remove_prefix(take);
  }
  return out;
}

// A line is never blank: the spaces of a run stay with the word behind them.
std::string folded_header(std::string_view name, std::string_view value, std::size_t width, std::size_t (*columns)(std::string_view)) {
  std::string out = fmt::format("{}:", name);
  std::size_t used = out.size();
  bool first = true;
  for (std::size_t at = 0; at < value.size();) {
    std::size_t end = value.find_first_not_of(' ', at);
    end = value.find(' ', end == value.npos ? value.size() : end);
    if (end == value.npos) end = value.size();
    const std::string word = (first ? " " : "") + std::string(value.substr(at, end - at));
    if (used + columns(word) > width && (!first || columns(word) < width)) out += "\n", used = 0;
    out += word;
    used += columns(word);
    at = end;
    first = false;
  }
  return out + "\n";
}

std::string text_header(std::string_view name, std::string_view value) {
  const std::string line(trim(printable(value)));
  return folded_header(name, has_to_be_encoded(line) ? encoded_words(line, beside_subject) : line, fold_width,
                       [](std::string_view word) { return word.size(); });
}

}  // namespace klab
