// SPDX-License-Identifier: GPL-3.0-or-later
#include "util/mail_words.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "util/base64.hpp"
#include "util/columns.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

constexpr std::size_t fold_width = 76;
// Bytes in one encoded word of a text, so that the first stands beside "Subject:".
constexpr std::size_t beside_subject = 36;
constexpr std::size_t most_name = 100;  // columns of a person's
constexpr std::size_t most_address = 320;
constexpr std::size_t most_indent = 20;
constexpr std::string_view blanks = " \t";

std::size_t bytes_of(std::string_view word) { return word.size(); }

// From one place where a header can be folded to the next.
std::size_t longest_piece(std::string_view value) {
  std::size_t longest = 0;
  for (std::size_t at = 0; at < value.size();) {
    const auto end = std::min(value.find(' ', value.find_first_not_of(' ', at)), value.size());
    longest = std::max(longest, end - at);
    at = end;
  }
  return longest;
}

std::size_t whole_characters(std::string_view text, std::size_t bytes) {
  if (bytes >= text.size()) return text.size();
  while (bytes > 1 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return bytes;
}

// Into `out`; `rest` is one line.
void wrap_line(std::string& out, std::string_view rest, std::size_t width) {
  const auto indent = std::min(rest.find_first_not_of(' '), rest.size());
  std::string begin;
  for (;;) {
    const auto fits = bytes_within(rest, width - begin.size());
    if (fits == rest.size()) break;
    const auto word = rest.find_first_not_of(blanks);
    if (word == rest.npos) return void(out += '\n');
    auto end = rest.find_last_of(blanks, fits);
    if (end == rest.npos || end < word) end = std::min(rest.find_first_of(blanks, word), rest.size());
    end = whole_characters(rest, std::min(end, most_line_bytes - begin.size()));
    const auto line = rest.substr(0, end);
    out += begin + std::string(line.substr(0, line.find_last_not_of(blanks) + 1)) + '\n';
    rest.remove_prefix(std::min(rest.find_first_not_of(blanks, end), rest.size()));
    if (rest.empty()) return;
    begin.assign(indent == 0 ? 0 : std::min(indent, most_indent) + 2, ' ');
  }
  out += begin + std::string(rest) + '\n';
}

std::string unquoted(std::string_view name) {
  if (name.size() < 2 || name.front() != '"' || name.back() != '"') return std::string(name);
  std::string out;
  name = name.substr(1, name.size() - 2);
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '\\' && i + 1 < name.size()) ++i;
    out += name[i];
  }
  return out;
}

std::string quoted_name(std::string_view name) {
  const bool atoms = std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == ' ' || c == '-' || c == '_';
  });
  if (atoms) return std::string(name);
  std::string out = "\"";
  for (const char c : name) out += (c == '"' || c == '\\') ? std::string("\\") + c : std::string(1, c);
  return out + "\"";
}

// The mailboxes that have an address, a comma between them.
std::string joined(const std::vector<std::string>& mailboxes, bool encode) {
  std::vector<std::string> parts;
  for (const auto& text : mailboxes) {
    const auto mailbox = read_mailbox(text);
    if (mailbox.address.empty()) continue;
    const auto name = std::string_view(mailbox.name).substr(0, bytes_within(mailbox.name, most_name));
    if (name.empty()) parts.push_back(mailbox.address);
    else parts.push_back((encode && has_to_be_encoded(name) ? encoded_words(name) : quoted_name(name)) + " <" + mailbox.address + ">");
  }
  return join(parts, ", ");
}

}  // namespace

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7F; });
}

bool has_to_be_encoded(std::string_view text) { return !is_printable_ascii(text) || text.find("=?") != text.npos; }

std::string encoded_words(std::string_view text, std::size_t bytes) {
  std::string out;
  while (!text.empty()) {
    const std::size_t take = whole_characters(text, bytes);
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
  const bool encode = has_to_be_encoded(line) || name.size() + 2 + longest_piece(line) > most_line_bytes;
  return folded_header(name, encode ? encoded_words(line, beside_subject) : line, fold_width, bytes_of);
}

std::string wrapped_body(std::string_view text, std::size_t width) {
  std::string out;
  for (const auto& line : split_lines(text)) wrap_line(out, line, width);
  return out;
}

bool is_message_id(std::string_view id) {
  const auto at = id.find('@');
  return at != id.npos && at > 0 && at + 1 < id.size() && id.size() <= 500 && is_printable_ascii(id) &&
         id.find_first_of(" <>\",;()\\") == id.npos && id.find('@', at + 1) == id.npos;
}

Mailbox read_mailbox(std::string_view text) {
  text = trim(text);
  std::string_view name, address = text;
  if (const auto open = text.rfind('<'); open != text.npos) {
    name = text.substr(0, open);
    address = text.substr(open + 1, text.find('>', open) - open - 1);
  } else if (const auto comment = text.find(" ("); comment != text.npos && text.ends_with(')')) {
    name = text.substr(comment + 2, text.size() - comment - 3);
    address = text.substr(0, comment);
  }
  address = trim(address);
  Mailbox mailbox{printable(trim(unquoted(trim(name)))), {}};
  // With a colon it would be the name of a group.
  if (is_message_id(address) && address.size() <= most_address && address.find(':') == address.npos) mailbox.address = address;
  return mailbox;
}

std::string mail_address(std::string_view mailbox) { return read_mailbox(mailbox).address; }

std::vector<std::string> split_mailboxes(std::string_view value) {
  std::vector<std::string> found;
  std::string piece;
  const auto take = [&] {
    if (const auto text = trim(piece); !text.empty()) found.emplace_back(text);
    piece.clear();
  };
  int comments = 0;
  bool quoted = false, bracket = false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    const bool plain = !quoted && comments == 0;
    if (plain && !bracket && (c == ',' || c == ';')) {
      take();
      continue;
    }
    if (plain && !bracket && c == ':') {
      piece.clear();
      continue;
    }
    piece += c;
    if (!plain && c == '\\' && i + 1 < value.size()) piece += value[++i];
    else if (c == '"' && comments == 0) quoted = !quoted;
    else if (c == '(' && !quoted) ++comments;
    else if (c == ')' && !plain && !quoted) --comments;
    else if (plain && (c == '<' || c == '>')) bracket = c == '<';
  }
  take();
  if (!quoted && !bracket && comments == 0) return found;
  // What is opened and never closed says nothing about commas.
  found.clear();
  for (const auto& part : split(value, ',')) {
    piece = part;
    take();
  }
  return found;
}

std::string mailbox_list(const std::vector<std::string>& mailboxes) { return joined(mailboxes, false); }

std::string address_header(std::string_view name, const std::vector<std::string>& mailboxes) {
  const auto people = joined(mailboxes, true);
  return people.empty() ? people : folded_header(name, people, fold_width, bytes_of);
}

}  // namespace klab
