// SPDX-License-Identifier: GPL-3.0-or-later
#include "util/mail_words.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "util/text.hpp"

using namespace klab;

namespace {

std::size_t longest_line(const std::string& text) {
  std::size_t longest = 0;
  for (const auto& line : split_lines(text)) longest = std::max(longest, line.size());
  return longest;
}

std::string shown(std::string_view mailbox) {
  const auto read = read_mailbox(mailbox);
  return "[" + read.name + "] " + read.address;
}

}  // namespace

TEST_CASE("mail words: a mailbox is a name and an address that can stand in a header") {
  CHECK(shown("a@b") == "[] a@b");
  CHECK(shown("<a@b>") == "[] a@b");
  CHECK(shown(" Ada Lovelace <a@b> ") == "[Ada Lovelace] a@b");
  CHECK(shown("a@b (Ada Lovelace)") == "[Ada Lovelace] a@b");
  CHECK(shown("Ada (Lab) <a@b>") == "[Ada (Lab)] a@b");
  CHECK(shown("\"Lovelace, Ada \\\"A\\\" \\\\\" <a@b>") == "[Lovelace, Ada \"A\" \\] a@b");
  CHECK(shown("Ada\x1b[1m\r\nBcc: c@d <a@b>") == "[Ada\uFFFD[1m  Bcc: c@d] a@b");
  CHECK(mail_address("A <a@b>") == "a@b");
  for (const char* bad : {"", "a", "A <a b@c>", "@b", "a@", "a@b@c", "A <a@b,c@d>", "A <", "A <>", "A <\"a\"@b>", "x:a@b", "m\xC3\xBC@b",
                          "Jürgen Müller"}) {
    INFO(bad);
    CHECK(mail_address(bad).empty());
  }
  CHECK(mail_address("A <" + std::string(400, 'a') + "@b>").empty());
}

TEST_CASE("mail words: the mailboxes of a header") {
  const auto list = [](std::string_view value) { return join(split_mailboxes(value), "|"); };
  CHECK(list("") == "");
  CHECK(list(" , ,") == "");
  CHECK(list("a@b") == "a@b");
  CHECK(list("a@b, C D <c@d>,e@f") == "a@b|C D <c@d>|e@f");
  CHECK(list("\"Müller, Jürgen\" <j@x>, k@x (Kim, Lab), \"\\\", <\" <l@x>") == "\"Müller, Jürgen\" <j@x>|k@x (Kim, Lab)|\"\\\", <\" <l@x>");
  CHECK(list("undisclosed-recipients:;") == "");
  CHECK(list("The lab: a@b, C <c@d>; e@f") == "a@b|C <c@d>|e@f");
  CHECK(list("A <a@b,c@d>, e@f") == "A <a@b,c@d>|e@f");
  // Opened and never closed.
  CHECK(list("\"A <a@b>, c@d") == "\"A <a@b>|c@d");
  CHECK(list("A :( <a@b>, c@d") == "A :( <a@b>|c@d");
}

TEST_CASE("mail words: people in a header are quoted, encoded and folded; who has no address is left out") {
  CHECK(address_header("To", {"Ada Lovelace <a@b>"}) == "To: Ada Lovelace <a@b>\n");
  CHECK(address_header("To", {"J. Doe <j@d>", "\"Doe, \\\"J\\\"\" <k@d>", "nobody", "l@d"}) == "To: \"J. Doe\" <j@d>, \"Doe, \\\"J\\\"\" <k@d>, l@d\n");
  CHECK(address_header("To", {"Jürgen Müller <j@example.org>"}) == "To: =?utf-8?B?SsO8cmdlbiBNw7xsbGVy?= <j@example.org>\n");
  CHECK(address_header("To", {}).empty());
  CHECK(address_header("To", {"nobody"}).empty());
  CHECK(mailbox_list({"Jürgen Müller <j@x>", "Müller, J. <k@x>", "nobody"}) == "Jürgen Müller <j@x>, \"Müller, J.\" <k@x>");
  std::vector<std::string> crowd;
  for (int i = 0; i < 300; ++i)
    crowd.push_back((i % 2 ? "Ännchen, von Tharau <person" : "Doe, John \"J\" <person") + std::to_string(i) + "@example.org>");
  crowd.push_back(std::string(5000, 'x') + " <long@example.org>");
  crowd.push_back(std::string(300, 'y') + "@example.org");
  const auto header = address_header("Cc", crowd);
  CHECK(longest_line(header) < 400);
  CHECK(std::count(header.begin(), header.end(), '@') == 302);
  CHECK(header.find("\n\n") == std::string::npos);
}

TEST_CASE("mail words: a word that is longer than a line may be is encoded, a shorter one stays whole") {
  const std::string word(900, 'w');
  CHECK(text_header("Subject", "a " + word) == "Subject: a\n " + word + "\n");
  const auto header = text_header("Subject", "a " + word + word);
  CHECK(longest_line(header) <= 76);
  CHECK(header.starts_with("Subject: =?utf-8?B?"));
  CHECK(longest_line(text_header("Subject", "a" + std::string(2000, ' ') + "b")) <= 76);
}

TEST_CASE("mail words: a body's lines are broken at blanks") {
  CHECK(wrapped_body("", 40) == "\n");
  CHECK(wrapped_body("short\n\n  as it is\n", 40) == "short\n\n  as it is\n");
  CHECK(wrapped_body("one two three four five six seven eight nine", 40) == "one two three four five six seven eight\nnine\n");
  CHECK(wrapped_body("  cell: one two three four five six seven eight nine ten\n", 40) == "  cell: one two three four five six\n    seven eight nine ten\n");
  const std::string url = "https://lab.example.org/" + std::string(60, 'x');
  CHECK(wrapped_body("see " + url + " for more\n", 40) == "see\n" + url + "\nfor more\n");
  CHECK(wrapped_body("  " + url, 40) == "  " + url + "\n");
  CHECK(wrapped_body(std::string(100, ' '), 40) == "\n");
  std::string wide = "漢";
  for (int i = 0; i < 29; ++i) wide += " 漢";
  CHECK(longest_line(wrapped_body(wide, 40)) == 13 * 3 + 12);  // thirteen characters of two columns
}

TEST_CASE("mail words: no line of a body is longer than a mail's may be, and no character is torn") {
  std::string text;
  for (int i = 0; i < 1500; ++i) text += "漢";
  for (const auto& line : {text, "  x " + text, std::string(5000, 'x'), "e" + std::string(4000, 'x') + " " + text}) {
    const auto wrapped = wrapped_body(line, 78);
    CHECK(longest_line(wrapped) <= 998);
    CHECK(wrapped == printable_lines(wrapped));
    CHECK(std::count(wrapped.begin(), wrapped.end(), 'x') == std::count(line.begin(), line.end(), 'x'));
  }
}
