// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/title.hpp"

#include <algorithm>
#include <cctype>

#include "console/backtrace.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

bool is_alnum(char c) { return std::isalnum(static_cast<unsigned char>(c)); }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)); }
bool is_hex(char c) { return std::isxdigit(static_cast<unsigned char>(c)); }
bool is_word(char c) { return is_alnum(c) || c == '_' || c == '.'; }

template <typename Is>
std::size_t run(std::string_view text, std::size_t at, Is is) {
  while (at < text.size() && is(text[at])) ++at;
  return at;
}

constexpr std::size_t kShortestAddress = 6;
constexpr std::size_t kShortestNumber = 5;
constexpr std::size_t kLongestNumber = 10;  // an address of digits alone is longer

// "foo" of the "foo+0x12/0x34" that begins at `at`; `at` moves behind it. Else the word as it is.
std::string_view word(std::string_view text, std::size_t& at) {
  const std::size_t end = run(text, at, is_word);
  const std::string_view name = text.substr(at, end - at);
  at = end;
  if (text.substr(end).starts_with("+0x")) {
    const std::size_t slash = run(text, end + 3, is_hex);
    if (text.substr(slash).starts_with("/0x")) at = run(text, slash + 3, is_hex);
  }
  return name;
}

std::string stable(std::string_view name) {
  const bool decimal = run(name, 0, is_digit) == name.size();
  if (decimal && name.size() >= kShortestNumber && name.size() <= kLongestNumber) return "NUM";
  const std::string_view digits = name.starts_with("0x") ? name.substr(2) : name;
  if (run(digits, 0, is_hex) == digits.size() && digits.size() >= kShortestAddress) return "ADDR";
  return std::string(name);
}

}  // namespace

std::string without_particulars(std::string_view text) {
  std::string stable_text;
  for (std::size_t at = 0; at < text.size();) {
    if (is_word(text[at])) {
      const std::string_view name = word(text, at);
      stable_text += stable(name);
      // "file.c:12:5"
      const bool is_file =
          name.size() > 2 && name.find('.') != std::string_view::npos && !is_digit(name.back());
      if (is_file && at + 1 < text.size() && text[at] == ':' && is_digit(text[at + 1])) {
        stable_text += ":LINE";
        while (at + 1 < text.size() && text[at] == ':' && is_digit(text[at + 1]))
          at = run(text, at + 1, is_digit);
      }
    } else if (text[at] == '#' && stable_text.ends_with("CPU")) {
      at = run(text, at + 1, is_digit);
    } else {
      stable_text += text[at++];
    }
  }
  return std::string(trim(stable_text));
}

std::string racing_functions(std::string_view text) {
  std::string joined;
  for (const std::string_view separator = " / "; !text.empty();) {
    const auto end = text.find(separator);
    const std::string_view part = trim(text.substr(0, end));
    std::string symbol = symbol_in(part);
    if (symbol.empty()) symbol = part.substr(0, run(part, 0, is_word));
    symbol.resize(std::min(symbol.size(), symbol.find('.', 1)));
    if (!symbol.empty()) joined += (joined.empty() ? "" : " / ") + symbol;
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + separator.size());
  }
  return joined;
}

}  // namespace klab
