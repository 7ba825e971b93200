// SPDX-License-Identifier: GPL-3.0-or-later
#include "intake/mailbox.hpp"

#include <catch2/catch.hpp>

using namespace klab;

namespace {

std::string shown(const std::string& bytes) {
  std::string text;
  const auto mails = split_mailbox({"x", bytes}, 100);
  if (!mails) return mails.error().message;
  for (const auto& mail : *mails)
    text += std::to_string(mail.first_line) + (mail.alone ? " alone" : "") + " {" + mail.text + "}";
  return text;
}

}  // namespace

TEST_CASE("messages of an mbox, with the line where each starts") {
  const std::string from = "From mboxrd@z Thu Jan  1 00:00:00 1970\n";
  CHECK(shown("") == "");
  CHECK(shown("A: b\n\nc\n") == "1 alone {A: b\n\nc\n}");
  CHECK(shown("\n\nA: b\n\nc") == "3 alone {A: b\n\nc\n}");
  CHECK(shown(from + "A: b\n\nc\n") == "2 alone {A: b\n\nc\n}");
  CHECK(shown(from + "A: b\n\nc\n\n" + from + "D: e\n\nf\n") == "2 {A: b\n\nc\n\n}7 {D: e\n\nf\n}");
  CHECK(shown(from + "A: b\n\n>From here\n>>From there\n> From\nFrom now on: 10\n") ==
        "2 alone {A: b\n\nFrom here\n>From there\n> From\nFrom now on: 10\n}");
  CHECK(shown("A: b\n\n>From here\n" + from) ==
        "1 alone {A: b\n\n>From here\n" + from + "}");  // no mbox, no quoting
  CHECK(shown(from + "A: b\n\n" + from + "no header\n") == "2 alone {A: b\n\n" + from + "no header\n}");
  CHECK(shown("From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: a\n") ==
        "2 alone {From: a\n}");
  CHECK(shown("A: b\r\n\r\nc\r\n") == "1 alone {A: b\n\nc\n}");
  CHECK(shown("A: b\n\n+c\r\n") == "1 alone {A: b\n\n+c\r\n}");  // a line of a file with CR LF
  CHECK(shown("\xEF\xBB\xBF"
              "A: b\n") == "1 alone {A: b\n}");
  CHECK(shown(std::string("A: b\n\nc\0", 8)) ==
        "cannot read \"x\": line 3 holds a NUL byte, and mail is text");
}

TEST_CASE("headers are found whatever their case and unfolded") {
  const std::string mail = "Subject: a\n b\n\tc\nMESSAGE-ID:<x@y>\nEmpty:\n\nFrom: body\n";
  CHECK(header(mail, "subject") == "a b c");
  CHECK(header(mail, "message-id") == "<x@y>");
  CHECK(header(mail, "empty") == "");
  CHECK(header(mail, "from") == "");
  CHECK(body_of(mail) == "From: body\n");
  CHECK(body_of("A: b") == "");
  CHECK(header_block("\nA: b\n") == "");
}
