// SPDX-License-Identifier: GPL-3.0-or-later
#include "intake/loose_text.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "intake/mailbox.hpp"
#include "intake/subject.hpp"
#include "util/text.hpp"

namespace klab {

bool has_mail_headers(std::string_view text) {
  const std::string from = header(text, "from");
  if (from.find('@') != std::string::npos) return true;
  // Archives that hide addresses keep the headers.
  return from.find(" at ") != std::string::npos && !header(text, "message-id").empty();
}

std::string mail_from_loose_text(std::string_view text, std::string_view source) {
  std::string subject, from, date;
  std::string_view rest = text;
  // The head of such a page is a handful of short lines; the first other one starts the text.
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    const auto line = trim(rest.substr(0, end));
    const auto value = [&](std::string_view name) { return trim(line.substr(name.size())); };
    if (line.substr(0, 8) == "Subject:" && subject.empty())
      subject = value("Subject:");
    else if (line.substr(0, 5) == "From:" && from.empty())
      from = value("From:");
    else if (line.substr(0, 5) == "Date:" && date.empty())
      date = value("Date:");
    else if (subject.empty() && !line.empty() && line.size() < 1000 && parse_subject(line).is_patch)
      subject = line;
    else if (!line.empty())
      break;
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  if (subject.empty()) subject = std::filesystem::path(source).filename().string();
  if (from.empty()) from = "unknown";
  if (from.find('@') == std::string::npos) from += " <unknown@address.invalid>";
  std::string mail = fmt::format("From: {}\nSubject: {}\n", from, subject);
  if (!date.empty()) mail += fmt::format("Date: {}\n", date);
  return mail + "\n" + std::string(rest);
}

}  // namespace klab
