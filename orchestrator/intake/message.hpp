// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "intake/mailbox.hpp"
#include "intake/subject.hpp"
#include "util/result.hpp"

namespace klab {

// A mail as git mailinfo reads it: decoded, in UTF-8, cut at its scissors line, with the From:, Subject:
// and Date: lines that open the body taken for what they say.
struct Message {
  std::string source;
  bool alone = false;                // its source holds nothing else
  std::size_t order = 0;             // place among all messages, as given
  ParsedSubject subject;             // of the mail's own header
  std::string title;                 // of the patch
  std::string author;                // Name <address>
  std::string sender;                // From: of the mail, decoded
  std::string date;                  // as in the mail
  std::string message_id;            // without angle brackets
  std::vector<std::string> parents;  // Message-IDs of References and In-Reply-To
  std::string body;                  // the commit message, or the text of a reply
  std::string after;  // what follows the commit message: ---, notes, diffstat, diff, base-commit
  bool has_diff = false;
  bool has_quoted_diff = false;
  bool is_flowed = false;         // the part with the diff says format=flowed
  std::optional<int> after_line;  // line of the source where `after` starts, when no encoding moved lines
};

// Decodes one mail with git mailinfo, in `scratch`, a directory of the caller's. Mails that hold neither a
// diff nor anything encoded are read without it. Text without mail headers (a saved web page, the output
// of git diff) is given headers from what its first lines say. Blocks. An error of kind input means that
// git cannot read the mail.
Result<Message> read_message(const RawMail& mail, const std::filesystem::path& scratch);

// The message as users know it: its title with the part, else its Message-ID or source.
std::string describe(const Message& message);

}  // namespace klab
