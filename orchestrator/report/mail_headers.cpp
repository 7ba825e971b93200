// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/mail_headers.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "report/layout.hpp"
#include "util/base64.hpp"
#include "util/text.hpp"

namespace klab::report {
namespace {

constexpr std::size_t fold_width = 76;
// Bytes of text in one encoded word, which may have 75 characters; of a subject, so that the first stands beside "Subject:".
constexpr std::size_t most_encoded = 45, beside_subject = 36;

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7F; });
}

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

// Text that looks like an encoded word would be decoded.
std::string unstructured(std::string_view text) {
  const bool plain = is_ascii(text) && text.find("=?") == text.npos;
  return plain ? std::string(text) : encoded_words(text, beside_subject);
}

// Line breaks before spaces, so that unfolding gives the value back. A line is never blank: the spaces of a run stay
// with the word behind them.
std::string fold(std::string_view name, std::string_view value, std::size_t width) {
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

std::string quoted_name(std::string_view name) {
  const bool atoms = std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) || c == ' ' || c == '-' || c == '_'; });
  if (!is_ascii(name) || name.find("=?") != name.npos) return encoded_words(name, most_encoded);
  if (atoms) return std::string(name);
  std::string out = "\"";
  for (const char c : name) out += (c == '"' || c == '\\') ? std::string("\\") + c : std::string(1, c);
  return out + "\"";
}

}  // namespace

std::string plain_header(std::string_view name, std::string_view value, std::size_t width) {
  return fold(name, trim(printable(value)), width);
}

std::string text_header(std::string_view name, std::string_view value) {
  return fold(name, unstructured(trim(printable(value))), fold_width);
}

bool is_message_id(std::string_view id) {
  const auto at = id.find('@');
  return at != id.npos && at > 0 && at + 1 < id.size() && id.size() <= 500 && is_ascii(id) &&
         id.find_first_of(" <>\",;()\\") == id.npos && id.find('@', at + 1) == id.npos;
}

std::string address_of(std::string_view mailbox) {
  const auto open = mailbox.rfind('<');
  std::string_view address = mailbox;
  if (open != mailbox.npos) address = mailbox.substr(open + 1, mailbox.find('>', open) - open - 1);
  return is_message_id(trim(address)) ? std::string(trim(address)) : std::string();
}

std::string address_header(std::string_view name, std::string_view mailbox) {
  const std::string address = address_of(mailbox);
  if (address.empty()) return {};
  const auto open = mailbox.rfind('<');
  std::string person = open == mailbox.npos ? std::string() : printable(trim(mailbox.substr(0, open)));
  if (person.size() > 1 && person.front() == '"' && person.back() == '"') person = person.substr(1, person.size() - 2);
  return fold(name, person.empty() ? address : quoted_name(person) + " <" + address + ">", fold_width);
}

}  // namespace klab::report
