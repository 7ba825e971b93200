// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/line.hpp"

#include <algorithm>
#include <charconv>

namespace klab {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t skip_spaces(std::string_view text, std::size_t at) {
  while (at < text.size() && text[at] == ' ') ++at;
  return at;
}

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

// Length of "[   12.345678]" at the beginning of `text`, or 0.
std::size_t time_stamp_length(std::string_view text) {
  if (text.empty() || text[0] != '[') return 0;
  const std::size_t seconds = skip_spaces(text, 1);
  const std::size_t point = skip_digits(text, seconds);
  if (point == seconds || point >= text.size() || text[point] != '.') return 0;
  const std::size_t end = skip_digits(text, point + 1);
  constexpr std::size_t kMicroseconds = 6;
  if (end - point - 1 != kMicroseconds || end >= text.size() || text[end] != ']') return 0;
  return end + 1;
}

// Length of dmesg -T's "[Thu Jun  4 15:47:36 2026]" at the beginning of `text`, or 0.
std::size_t calendar_stamp_length(std::string_view text) {
  constexpr std::string_view kForm = "[aaa aaa 00 00:00:00 0000]";
  if (text.size() < kForm.size()) return 0;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const char c = text[i];
    const bool fits = kForm[i] == 'a'   ? (c >= 'A' && c <= 'z')
                      : kForm[i] == '0' ? is_digit(c) || c == ' '
                                        : c == kForm[i];
    if (!fits) return 0;
  }
  return kForm.size();
}

long seconds_of(std::string_view stamp) {
  const std::size_t begin = skip_spaces(stamp, 1);
  long seconds = 0;
  std::from_chars(stamp.data() + begin, stamp.data() + stamp.size(), seconds);
  return seconds;
}

// Length of "[    T12]" or "[    C0]" at the beginning of `text`, or 0; the id goes to `caller`.
std::size_t caller_length(std::string_view text, std::string& caller) {
  if (text.empty() || text[0] != '[') return 0;
  const std::size_t letter = skip_spaces(text, 1);
  if (letter >= text.size() || (text[letter] != 'T' && text[letter] != 'C')) return 0;
  const std::size_t end = skip_digits(text, letter + 1);
  if (end == letter + 1 || end >= text.size() || text[end] != ']') return 0;
  caller = std::string(text.substr(letter, end - letter));
  return end + 1;
}

// Length of "[2:    kworker/2:1: 1608]", which kernels of phones write, or 0; the id goes to `caller`.
std::size_t phone_caller_length(std::string_view text, std::string& caller) {
  constexpr std::size_t kLongest = 40;
  if (text.empty() || text[0] != '[') return 0;
  const std::size_t cpu = skip_digits(text, 1);
  const std::size_t end = text.substr(0, kLongest).find(']');
  if (cpu == 1 || cpu >= text.size() || text[cpu] != ':' || end == std::string_view::npos) return 0;
  const std::size_t colon = text.substr(0, end).rfind(':');
  const std::size_t id = skip_spaces(text, colon + 1);
  if (colon == cpu || id == end || skip_digits(text, id) != end) return 0;
  caller = "T" + std::string(text.substr(id, end - id));
  return end + 1;
}

// Length of "<6>" at the beginning of `text`, or 0.
std::size_t level_length(std::string_view text) {
  if (text.empty() || text[0] != '<') return 0;
  const std::size_t end = skip_digits(text, 1);
  return end > 1 && end <= 4 && end < text.size() && text[end] == '>' ? end + 1 : 0;
}

bool begins_with_date(std::string_view text) {
  constexpr std::size_t kShortestDate = 15;
  if (text.size() < kShortestDate) return false;
  return (text[3] == ' ' && text[6] == ' ' && text[9] == ':' && text[12] == ':') ||
         (text[4] == '-' && text[7] == '-' && text[10] == 'T' && text[13] == ':');
}

// Length of "2026/06/04 15:47:36 ", which Go programs write before a line, or 0.
std::size_t program_date_length(std::string_view text) {
  constexpr std::string_view kForm = "dddd/dd/dd dd:dd:dd ";
  if (text.size() < kForm.size()) return 0;
  for (std::size_t i = 0; i < kForm.size(); ++i)
    if (kForm[i] == 'd' ? !is_digit(text[i]) : text[i] != kForm[i]) return 0;
  return kForm.size();
}

// Length of "4,1234,5678901,-,caller=T12;", which /dev/kmsg and netconsole's extended form write, or 0; time
// and caller go to `line`.
std::size_t record_length(std::string_view text, ConsoleLine& line) {
  constexpr std::size_t kLongest = 120;
  const std::size_t end = text.substr(0, kLongest).find(';');
  if (end == std::string_view::npos || text.empty() || !is_digit(text[0])) return 0;
  std::size_t at = 0, fields[3] = {};
  for (std::size_t& field : fields) {
    field = at;
    const std::size_t comma = skip_digits(text, at);
    if (comma == at || comma >= end || text[comma] != ',') return 0;
    at = comma + 1;
  }
  if (at >= end || (text[at] != '-' && text[at] != 'c' && text[at] != '+')) return 0;
  long microseconds = 0;
  std::from_chars(text.data() + fields[2], text.data() + end, microseconds);
  line.seconds = microseconds / 1'000'000;
  constexpr std::string_view kCaller = ",caller=";
  const auto caller = text.substr(0, end).find(kCaller, at);
  if (caller != std::string_view::npos) {
    const auto name = text.substr(caller + kCaller.size(), end - caller - kCaller.size());
    line.caller = std::string(name.substr(0, name.find(',')));
  }
  return end + 1;
}

ConsoleLine read_part(std::string_view text) {
  ConsoleLine line;
  text.remove_prefix(program_date_length(text));
  if (const std::size_t record = record_length(text, line); record > 0) {
    text.remove_prefix(record);
    line.has_prefix = true;
  }
  // Syslog's "Jun  4 15:47:36 host kernel: ", or with the date as "2026-06-04T15:47:36".
  constexpr std::string_view kSyslog = " kernel: ";
  constexpr std::size_t kLongestSyslogPrefix = 80;
  const auto word = text.substr(0, kLongestSyslogPrefix).find(kSyslog);
  if (word != std::string_view::npos && begins_with_date(text)) {
    text.remove_prefix(word + kSyslog.size());
    line.has_prefix = true;
  }
  for (;;) {
    const std::string_view rest = text.substr(skip_spaces(text, 0));
    std::size_t length = level_length(rest);
    if (length == 0 && (length = time_stamp_length(rest)) > 0) line.seconds = seconds_of(rest);
    if (length == 0) length = calendar_stamp_length(rest);
    if (length == 0) length = caller_length(rest, line.caller);
    if (length == 0 && line.seconds >= 0) length = phone_caller_length(rest, line.caller);
    if (length == 0) break;
    line.has_prefix = true;
    text = rest.substr(length);
    // One space belongs to the prefix; further ones are the message's own.
    if (!text.empty() && text[0] == ' ') text.remove_prefix(1);
  }
  line.text = std::string(text);
  return line;
}

}  // namespace

std::string plain_text(std::string_view raw) {
  std::string plain;
  plain.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const unsigned char c = static_cast<unsigned char>(raw[i]);
    if (c == '\t') {
      plain += ' ';
    } else if (c == 0x1b) {
      if (i + 1 >= raw.size()) break;
      const char kind = raw[++i];
      if (kind == '[') {
        // Up to and with the final byte of a control sequence.
        do ++i;
        while (i < raw.size() && !(raw[i] >= 0x40 && raw[i] <= 0x7e));
      } else if (kind == ']') {
        // An operating system command ends in BEL or ESC backslash.
        do ++i;
        while (i < raw.size() && raw[i] != '\a' && raw[i] != 0x1b);
        if (i < raw.size() && raw[i] == 0x1b) ++i;
      }
    } else if (c >= 0x20 && c != 0x7f) {
      plain += static_cast<char>(c);
    }
  }
  return plain;
}

std::vector<ConsoleLine> read_line(std::string_view raw) {
  const std::string plain = plain_text(raw);
  const std::string_view text = plain;
  std::vector<ConsoleLine> parts;
  std::size_t begin = 0;
  bool stamped = false;  // the part that begins at `begin` starts with a time stamp
  for (std::size_t at = text.find('['); at != std::string_view::npos; at = text.find('[', at + 1)) {
    if (time_stamp_length(text.substr(at)) == 0) continue;
    std::size_t cut = at;
    if (cut >= 3 && level_length(text.substr(cut - 3)) == 3) cut -= 3;
    const std::string_view before = text.substr(begin, cut - begin);
    const bool only_prefix =
        before.find_first_not_of(' ') == std::string_view::npos || before.ends_with(" kernel: ");
    if (!only_prefix) {
      // A kernel line that quotes a time stamp does not begin anew.
      if (stamped) break;
      parts.push_back(read_part(before));
      begin = cut;
    }
    stamped = true;
  }
  parts.push_back(read_part(text.substr(begin)));
  return parts;
}

}  // namespace klab
