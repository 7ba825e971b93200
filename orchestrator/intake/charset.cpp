// SPDX-License-Identifier: GPL-3.0-or-later
#include "intake/charset.hpp"

#include <iconv.h>

#include <array>
#include <cstdint>
#include <optional>

#include "util/text.hpp"

namespace klab {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

// Mail programs name the older, smaller set and use the characters of the larger.
std::string usual_name(std::string_view name) {
  const std::string lower = to_lower(trim(name));
  if (lower == "gb2312" || lower == "gbk" || lower == "x-gbk") return "GB18030";
  if (lower.compare(0, 7, "ks_c_56") == 0) return "CP949";
  if (lower == "iso-2022-jp") return "ISO-2022-JP-2";
  if (lower == "iso-8859-8-i") return "ISO-8859-8";
  return lower;
}

struct Word {
  std::string charset, bytes;
};

// =?charset?q?text?= at the front of `rest`.
std::optional<Word> take_word(std::string_view& rest) {
  if (rest.substr(0, 2) != "=?") return {};
  constexpr std::size_t most_charset = 60, most_word = 1000;  // far more than a word may have
  const auto charset_end = rest.substr(0, most_charset).find('?', 2);
  if (charset_end == std::string_view::npos || charset_end + 2 >= rest.size() || rest[charset_end + 2] != '?')
    return {};
  const char kind = rest[charset_end + 1];
  const auto start = charset_end + 3;
  const auto end = rest.substr(0, most_word).find("?=", start);
  if (end == std::string_view::npos) return {};
  std::string text(rest.substr(start, end - start));
  Word word;
  const auto charset = rest.substr(2, charset_end - 2);
  word.charset = std::string(charset.substr(0, charset.find('*')));  // RFC 2231's language
  if (kind == 'q' || kind == 'Q') {
    for (auto& c : text)
      if (c == '_') c = ' ';
    // A space at the end is the writer's own here.
    for (std::size_t i = 0; i < text.size(); ++i) {
      const int high = text[i] == '=' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
      word.bytes += low >= 0 ? static_cast<char>(high * 16 + low) : text[i];
      if (low >= 0) i += 2;
    }
  } else if (kind == 'b' || kind == 'B') {
    word.bytes = decode_base64(text);
  } else {
    return {};
  }
  rest.remove_prefix(end + 2);
  return word;
}

}  // namespace

std::string to_utf8(std::string_view bytes, std::string_view name) {
  const std::string charset = usual_name(name);
  if (bytes.empty() || charset.empty() || charset == "utf-8" || charset == "utf8" || charset == "us-ascii")
    return std::string(bytes);
  const iconv_t converter = ::iconv_open("UTF-8", charset.c_str());
  if (converter == reinterpret_cast<iconv_t>(-1)) return std::string(bytes);
  std::string out;
  std::array<char, 8192> buffer;
  std::string input(bytes);
  char* from = input.data();
  std::size_t left = input.size();
  bool good = true;
  while (good && left > 0) {
    char* to = buffer.data();
    std::size_t room = buffer.size();
    const std::size_t before = left;
    good = ::iconv(converter, &from, &left, &to, &room) != static_cast<std::size_t>(-1) ||
           (room < buffer.size() && left < before);
    out.append(buffer.data(), static_cast<std::size_t>(to - buffer.data()));
  }
  ::iconv_close(converter);
  return good ? out : std::string(bytes);
}

std::string decode_words(std::string_view value) {
  std::string out;
  Word pending;  // words of one character set in a row are one text
  const auto flush = [&] {
    out += to_utf8(pending.bytes, pending.charset);
    pending = {};
  };
  bool after_word = false;
  while (!value.empty()) {
    const auto space = value.find_first_not_of(" \t\r\n");
    std::string_view rest = value.substr(space == std::string_view::npos ? value.size() : space);
    if (after_word && space != 0 && rest.substr(0, 2) == "=?") {  // white space between two words is none
      if (auto word = take_word(rest)) {
        if (to_lower(word->charset) != to_lower(pending.charset)) flush();
        pending.charset = word->charset;
        pending.bytes += word->bytes;
        value = rest;
        continue;
      }
    }
    rest = value;
    if (auto word = take_word(rest)) {
      if (to_lower(word->charset) != to_lower(pending.charset)) flush();
      pending.charset = word->charset;
      pending.bytes += word->bytes;
      value = rest;
      after_word = true;
      continue;
    }
    flush();
    after_word = false;
    out += value[0];
    value.remove_prefix(1);
  }
  flush();
  for (auto& c : out)
    if (c == '\n' || c == '\r') c = ' ';
  return out;
}

std::string decode_quoted_printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    const bool ends = end != std::string_view::npos;
    text.remove_prefix(ends ? end + 1 : text.size());
    const auto last = line.find_last_not_of(" \t\r");
    line = line.substr(0, last == std::string_view::npos ? 0 : last + 1);
    const bool soft = !line.empty() && line.back() == '=';
    if (soft) line.remove_suffix(1);
    for (std::size_t i = 0; i < line.size(); ++i) {
      const int high = line[i] == '=' && i + 2 < line.size() ? hex_digit(line[i + 1]) : -1;
      const int low = high >= 0 ? hex_digit(line[i + 2]) : -1;
      out += low >= 0 ? static_cast<char>(high * 16 + low) : line[i];
      if (low >= 0) i += 2;
    }
    if (!soft && ends) out += '\n';
  }
  return out;
}

std::string decode_base64(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  int count = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = trim(text.substr(0, end));
    for (char c : line)
      if (c != '=' && base64_digit(c) < 0) return out + "\n" + std::string(text);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    for (char c : line) {
      const int digit = base64_digit(c);
      if (digit < 0) {  // padding ends what belongs together
        bits = 0;
        count = 0;
        continue;
      }
      bits = (bits << 6) | static_cast<std::uint32_t>(digit);
      count += 6;
      if (count < 8) continue;
      count -= 8;
      out += static_cast<char>((bits >> count) & 0xFF);
    }
  }
  return out;
}

}  // namespace klab
