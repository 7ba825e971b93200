// SPDX-License-Identifier: GPL-3.0-or-later
#include "intake/compose_mail.hpp"

#include <fmt/format.h>

#include <regex>

#include "util/base64.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

// RFC 5322, within what git stores: "Wed, 27 May 2026 11:00:21 +0100".
bool is_mail_date(const std::string& date) {
  static const std::regex form(
      "([A-Z][a-z]{2}, *)?[0-9]{1,2} [A-Z][a-z]{2} (19[789][0-9]|20[0-9]{2}) [0-9]{2}:[0-9]{2}(:[0-9]{2})? "
      "([+-][0-9]{4}|[A-Z]{1,4})( \\([A-Za-z ]{1,40}\\))?");
  return date.size() < 100 && std::regex_match(date, form);
}

// A commit message that itself opens with "From:" or "Subject:" would be taken for in-body headers.
bool opens_like_headers(std::string_view body) {
  const std::string start = to_lower(trim(body.substr(0, 200)));
  for (std::string_view word : {"from:", "subject:", "date:", "content-", ">from ", "[patch"})
    if (start.compare(0, word.size(), word) == 0) return true;
  return false;
}

// mboxo quoting. git am keeps the '>', so only lines that may pass for a From_ line are quoted.
std::string quote_from_lines(std::string_view text) {
  std::string quoted;
  quoted.reserve(text.size() + 1);
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    if (line.substr(0, 5) == "From " && line.find(':') != std::string_view::npos) quoted += '>';
    quoted.append(line).push_back('\n');
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return quoted;
}

std::string prefix(const Message& message, int version, int number, int total) {
  std::string text = message.subject.rfc ? "RFC PATCH" : "PATCH";
  if (version != 1) text += fmt::format(" v{}", version);
  if (total != 1) text += fmt::format(" {}/{}", number, total);
  return text;
}

std::string base64_lines(std::string_view text) {
  const std::string encoded = base64_encode(text);
  std::string lines;
  for (std::size_t at = 0; at < encoded.size(); at += 76) lines += encoded.substr(at, 76) + "\n";
  return lines;
}

}  // namespace

std::string compose_mail(const Message& message, int version, int number, int total) {
  std::string text;
  if (opens_like_headers(message.body)) text += fmt::format("From: {}\n\n", message.author);
  text += message.body;
  if (!text.empty() && text.back() != '\n') text += '\n';
  if (message.after.substr(0, 4) != "---\n") text += "---\n\n";
  text += message.after;
  if (text.back() != '\n') text += '\n';

  const bool encoded = text.find("\r\n") != std::string::npos;
  std::string mail = "From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001\n";
  mail += fmt::format("From: {}\n", message.author);
  mail +=
      fmt::format("Date: {}\n", is_mail_date(message.date) ? message.date : "Thu, 1 Jan 1970 00:00:00 +0000");
  mail += fmt::format("Subject: [{}] {}\n", prefix(message, version, number, total),
                      message.title.empty() ? "(no subject)" : message.title);
  if (!message.message_id.empty()) mail += fmt::format("Message-ID: <{}>\n", message.message_id);
  mail += "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n";
  mail += fmt::format("Content-Transfer-Encoding: {}\n\n", encoded ? "base64" : "8bit");
  mail += encoded ? base64_lines(text) : quote_from_lines(text);
  if (mail.substr(mail.size() - 2) != "\n\n") mail += '\n';
  return mail;
}

}  // namespace klab
