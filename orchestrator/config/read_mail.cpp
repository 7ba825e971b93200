// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/read_mail.hpp"

#include "util/mail_words.hpp"

namespace klab {

void read_mail(TomlReader& reader, MailConfig& mail) {
  reader.read("from", mail.from);
  if (!mail.from.empty() && (mail_address(mail.from).empty() || printable(mail.from) != mail.from))
    reader.fail_at("from", "must be \"Name <address>\"");
  reader.read_texts("sendmail", mail.sendmail);
  if (reader.has("sendmail") && (mail.sendmail.empty() || mail.sendmail.front().empty()))
    reader.fail_at("sendmail", "must name a program, such as [\"msmtp\", \"-t\"]");
}

}  // namespace klab
