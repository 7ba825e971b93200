// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "report/mail.hpp"

namespace klab {

// Who sends, when, under which Message-ID: what a pure function cannot know.
struct MailSender {
  std::string from;        // Name <address>
  std::string date;        // RFC 5322: "Sat, 21 Nov 2026 20:45:08 +0000"
  std::string message_id;  // without brackets
};

// A whole mail, as sendmail takes it: From, To, Cc, Subject, Date, Message-ID, In-Reply-To, References, MIME, body. Lines
// end in "\n". What is not known or not fit for a header is left out. Pure.
std::string render_draft(const Mail& mail, const MailSender& sender);

// One mail as an mbox: a From_ line before it, and lines of it that look like one quoted (mboxrd). Pure.
std::string as_mbox(std::string_view mail);

}  // namespace klab
