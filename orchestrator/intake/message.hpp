// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "intake/mailbox.hpp"
#include "intake/subject.hpp"
#include "model/series.hpp"
#include "util/result.hpp"

namespace klab {

// One mail, unwrapped, in UTF-8. Of a patch that is used, complete_message then says what git mailinfo reads
// in it; the others need no more than this to be told apart.
struct Message {
  std::string source;
  bool alone = false;                // its source holds nothing else
  std::size_t order = 0;             // place among all messages, as given
  ParsedSubject subject;             // of the mail's own header
  std::string title;                 // of the patch; once completed, the one that the body gives it
  std::string author;                // Name <address>; completed likewise
  std::string sender;                // From: of the mail, decoded
  AnsweredMail answered;             // what a reply to it goes by
  std::string date;                  // as in the mail
  std::string message_id;            // without angle brackets
  std::vector<std::string> parents;  // Message-IDs of References and In-Reply-To
  std::string body;   // the whole text; once completed, the commit message
  std::string after;  // completed: what follows the commit message: ---, notes, diffstat, diff, base-commit
  bool has_diff = false;
  bool is_reply = false;             // says so in its subject, or quotes the mail it answers
  bool has_quoted_diff = false;
  bool is_html = false;           // the diff stands in a web page
  bool is_flowed = false;         // the part with the diff says format=flowed
  std::string mail;                  // as given, where it has a diff; line ends and From-quoting undone
  std::string unwrapped;             // the mail that git is given, where that is another
  int first_line = 1;                // of the source, where `mail` starts
  std::string_view diff_text() const;  // what two copies of one patch share
  std::optional<int> after_line;  // line of the source where `after` starts, when no encoding moved lines
};

// The messages that one mail brings: itself, or the mails that were attached to it whole. Text without mail
// headers (a saved web page, the output of git diff) is given headers from what its first lines say. Pure.
std::vector<Message> read_mail(RawMail mail);

// Has git mailinfo take the commit message and the diff apart, in `scratch`, a directory of the caller's: cut
// at a scissors line, with the From:, Subject: and Date: lines that open the body taken for what they say.
// Blocks. An error of kind input means that git cannot read the mail.
Result<void> complete_message(Message& message, const std::filesystem::path& scratch);

// The message as users know it: its title with the part, else its Message-ID or source.
std::string describe(const Message& message);

}  // namespace klab
