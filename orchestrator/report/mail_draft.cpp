// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/mail_draft.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "report/mail_headers.hpp"
#include "util/text.hpp"

namespace klab {

using namespace report;  // NOLINT: the room's own helpers

std::string render_draft(const Mail& mail, const MailSender& sender) {
  const auto id_header = [](std::string_view name, const std::string& id) {
    return is_message_id(id) ? fmt::format("{}: <{}>\n", name, id) : std::string();
  };
  const std::string body = printable_lines(mail.body);
  const bool ascii = std::all_of(body.begin(), body.end(), [](unsigned char c) { return c < 0x80; });
  std::string out = address_header("From", {sender.from}) + address_header("To", {mail.to}) + address_header("Cc", mail.cc) +
                    text_header("Subject", mail.subject) + text_header("Date", sender.date);
  out += id_header("Message-ID", sender.message_id) + id_header("In-Reply-To", mail.in_reply_to) + id_header("References", mail.in_reply_to);
  out += fmt::format("MIME-Version: 1.0\nContent-Type: text/plain; charset={}\nContent-Transfer-Encoding: {}\n", ascii ? "us-ascii" : "utf-8",
                     ascii ? "7bit" : "8bit");
  return out + "\n" + body;
}

std::string as_mbox(std::string_view mail) {
  // The date of a From_ line says nothing that Date does not; readers want it to look like one.
  std::string out = "From klab Thu Jan  1 00:00:00 1970\n";
  bool in_body = false;
  for (const auto& line : split_lines(mail)) {
    const auto text = std::string_view(line).substr(std::min(line.find_first_not_of('>'), line.size()));
    if (in_body && text.starts_with("From ")) out += '>';
    out += line + "\n";
    in_body = in_body || line.empty();
  }
  return out + "\n";
}

}  // namespace klab
