// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/mail_headers.hpp"

#include <algorithm>

#include "report/layout.hpp"
#include "util/text.hpp"

namespace klab::report {
namespace {

constexpr std::size_t fold_width = 76;

std::string fold(std::string_view name, std::string_view value, std::size_t width) {
  return folded_header(name, value, width, columns);
}

std::string quoted_name(std::string_view name) {
  const bool atoms = std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) || c == ' ' || c == '-' || c == '_'; });
  if (has_to_be_encoded(name)) return encoded_words(name);
  if (atoms) return std::string(name);
  std::string out = "\"";
  for (const char c : name) out += (c == '"' || c == '\\') ? std::string("\\") + c : std::string(1, c);
  return out + "\"";
}

}  // namespace

std::string plain_header(std::string_view name, std::string_view value, std::size_t width) {
  return fold(name, trim(printable(value)), width);
}

bool is_message_id(std::string_view id) {
  const auto at = id.find('@');
  return at != id.npos && at > 0 && at + 1 < id.size() && id.size() <= 500 && is_printable_ascii(id) &&
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
