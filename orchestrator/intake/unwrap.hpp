// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace klab {

// A mail without its wrapping: headers as they were, one body of plain text.
struct UnwrappedMail {
  std::string text;        // empty: the mail as it is needs no unwrapping
  bool is_flowed = false;  // the diff came in a part that says format=flowed
  bool is_html = false;    // there is no text but that of a web page
};

// What one mail brings. Encodings and character sets are undone, of several parts the text and the attached
// diffs are kept (an attached diff rather than the same one in the text), web pages, signatures and other
// attachments dropped, and a clear text signature taken off. Mails that were attached whole, such as the
// files of git format-patch, come as mails of their own, in the thread of the one that brought them: a
// single one in its place and under its Message-ID, several after it. Pure, linear in the size of the mail.
std::vector<UnwrappedMail> unwrap_mail(std::string_view mail);

// A parameter of a Content-Type or Content-Disposition value, without its quotes; empty when not there.
std::string parameter(std::string_view value, std::string_view name);

}  // namespace klab
