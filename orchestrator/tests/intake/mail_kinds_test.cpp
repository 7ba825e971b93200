// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>

#include "intake/read_series.hpp"
#include "tests/intake/mail_mutations.hpp"
#include "tests/intake/scratch_repository.hpp"

using namespace klab;
using namespace klab::test;

namespace {

const std::string diff =
    "diff --git a/kernel/x.c b/kernel/x.c\nindex 1111111..2222222 100644\n--- a/kernel/x.c\n+++ "
    "b/kernel/x.c\n"
    "@@ -1,3 +1,3 @@\n int a;\n-int b;\n+int c;\n int d;\n";

std::string mail(const std::string& subject, const std::string& headers, const std::string& body) {
  return "From: =?UTF-8?q?J=C3=B6rg_M=C3=BCller?= <joerg@example.org>\nSubject: " + subject +
         "\nDate: Wed, 3 Jun 2026 06:40:11 -0700\nMessage-ID: <one@example.org>\n" + headers + "\n" + body;
}

Series must_read(const std::string& bytes) {
  auto series = read_series({{"x.eml", bytes}}, {});
  INFO((series ? "" : series.error().message));
  REQUIRE(series.has_value());
  return std::move(*series);
}

std::string refusal(const std::string& bytes) {
  auto series = read_series({{"x.eml", bytes}}, {});
  REQUIRE_FALSE(series.has_value());
  CHECK(series.error().kind == ErrorKind::input);
  return series.error().message;
}

// "author: subject: message" as git am commits it.
std::string committed(const Series& series) {
  ScratchRepository repository;
  repository.write("kernel/x.c", "int a;\nint b;\nint d;\n");
  repository.commit("base\n");
  repository.tree_after_am("main", mails_of(series.patches));
  CHECK(*read_file(repository.path() / "kernel/x.c") == "int a;\nint c;\nint d;\n");
  return repository.git({"log", "-1", "--format=%an <%ae>: %s: %b"});
}

}  // namespace

TEST_CASE("headers, encoded and in the body") {
  CHECK(committed(must_read(mail("=?UTF-8?q?[PATCH]_x:_gr=C3=B6=C3=9Fer?=", "", "Text\n---\n" + diff))) ==
        "Jörg Müller <joerg@example.org>: x: größer: Text");
  CHECK(committed(must_read(mail("[PATCH] x: folded\n over two lines", "", "---\n" + diff))) ==
        "Jörg Müller <joerg@example.org>: x: folded over two lines:");
  const auto series =
      must_read(mail("[PATCH v2] outer", "",
                     "From: Other Author <o@example.org>\nSubject: [PATCH] inner\n\nText\n\n" + diff));
  CHECK(series.version == 2);
  CHECK(committed(series) == "Other Author <o@example.org>: inner: Text");
  CHECK(committed(must_read(mail("[PATCH] x: y", "",
                                 "From: Other Author <o@example.org>\n\nDate: is a field\n---\n" + diff))) ==
        "Other Author <o@example.org>: x: y: Date: is a field");
  CHECK(committed(must_read(mail("[PATCH] [media] x: y", "", "---\n" + diff))).find(": x: y") !=
        std::string::npos);
}

TEST_CASE("an author whose address git does not find can still be committed") {
  const auto series = must_read("From: a\n <au>S@b\nSubject: [PATCH] x: y\n\nText\n---\n" + diff);
  CHECK(series.author == "au <au@address.invalid>");
  CHECK(committed(series) == "au <au@address.invalid>: x: y: Text");
}

TEST_CASE("a latin-1 mail comes out in UTF-8, one in an unknown character set as it is") {
  const std::string type =
      "MIME-Version: 1.0\nContent-Transfer-Encoding: 8bit\nContent-Type: text/plain; charset=";
  CHECK(committed(must_read(mail("[PATCH] x", type + "iso-8859-1\n",
                                 "Gr\xF6\xDF"
                                 "er\n---\n" +
                                     diff))) == "Jörg Müller <joerg@example.org>: x: Größer");
  CHECK(must_read(mail("[PATCH] x", type + "x-unheard-of\n", "Text\n---\n" + diff)).patches.size() == 1);
}

TEST_CASE("scissors cut the talk away") {
  CHECK(committed(must_read(mail("Re: [PATCH] a bug", "",
                                 "How about this?\n\n-- >8 --\nSubject: x: fix the bug\n\nText\n---\n" +
                                     diff))) == "Jörg Müller <joerg@example.org>: x: fix the bug: Text");
}

TEST_CASE("two scissors in a patch enclose what its message quotes") {
  CHECK(committed(must_read(mail("[PATCH] x: y", "",
                                 "From: Other Author <o@example.org>\n\nScript:\n----8<----\nrun\n---->8----\n\n"
                                 "Text\n---\n" + diff))) ==
        "Other Author <o@example.org>: x: y: Script:\n----8<----\nrun\n---->8----\n\nText");
  CHECK(committed(must_read(mail("[PATCH] x: y", "",
                                 "Talk\n--- 8< ---\nrun\n--- >8 ---\nFrom: Other Author <o@example.org>\n\nText\n---\n" +
                                     diff))) == "Other Author <o@example.org>: x: y: Text");
}

TEST_CASE("an attached patch is used") {
  const std::string parts = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"BB\"\n";
  const std::string text = "--BB\nContent-Type: text/plain; charset=UTF-8; format=flowed\n\nText\n";
  const std::string head = "--BB\nContent-Type: text/x-patch; name=x.patch\n";
  CHECK(committed(must_read(mail("[PATCH] x", parts, text + head + "\n" + diff + "--BB--\n"))) ==
        "Jörg Müller <joerg@example.org>: x: Text");
  CHECK(committed(must_read(mail("[PATCH] x", parts,
                                 text + head + "Content-Transfer-Encoding: base64\n\n" + base64_encode(diff) +
                                     "\n--BB--\n"))) == "Jörg Müller <joerg@example.org>: x: Text");
}

TEST_CASE("format=flowed is refused with the reason") {
  CHECK(refusal(mail("[PATCH] x", "Content-Type: text/plain; charset=UTF-8; format=flowed\n",
                     "Text\n---\n" + diff)) ==
        "cannot use \"x.eml\": it was sent as format=flowed, which rewraps the lines of a diff; ask for the "
        "original, e.g. with b4");
}

TEST_CASE("a patch in a web archive's reply: intact it applies, without white space it is named") {
  const std::filesystem::path data = std::filesystem::path(KLAB_TEST_DATA) / "intake";
  const auto series = must_read(*read_file(data / "intact_reply.txt"));
  REQUIRE(series.patches.size() == 1);
  CHECK(series.title == "pool: wake the worker up later");
  CHECK(series.patches[0].author == "Jo Reviewer <unknown@address.invalid>");
  ScratchRepository repository;
  repository.write(
      "kernel/pool.c",
      "a\nb\nc\nd\n\tif (!worker)\n\t\treturn false;\n\n\twake_up_process(worker->task);\n\treturn true;\n");
  repository.commit("base\n");
  repository.tree_after_am("main", mails_of(series.patches));
  CHECK(repository.git({"log", "-1", "--format=%as %s"}) == "1970-01-01 pool: wake the worker up later");
  CHECK(refusal(*read_file(data / "damaged_reply.txt")) ==
        "cannot use \"x.eml\": white space was destroyed in transit (line 24: all leading white space is "
        "gone, the context marker too); ask for the original, e.g. with b4");
}

TEST_CASE("a reply that carries a patch, and a bare diff") {
  auto series = must_read(mail("Re: [PATCH v4 2/7] x: y", "", "> what?\n\nThis.\n\n" + diff));
  REQUIRE(series.patches.size() == 1);
  CHECK(committed(series) == "Jörg Müller <joerg@example.org>: x: y: > what?\n\nThis.");
  series = must_read(diff);
  CHECK(committed(series) == "unknown <unknown@address.invalid>: x.eml:");
}

TEST_CASE("mails without a patch are refused with the reason") {
  CHECK(refusal("") == "cannot use \"x.eml\": it is empty");
  CHECK(refusal("\n\n") == "cannot use \"x.eml\": it is empty");
  CHECK(refusal("just a line") == "cannot use \"x.eml\": it holds no patch");
  CHECK(refusal(mail("Re: [PATCH] x", "", "Nice.\n")) ==
        "cannot use \"x.eml\": it holds replies and no patch");
  CHECK(refusal(mail("Re: [PATCH] x", "", "> diff --git a/x b/x\n> +y\nNice.\n")) ==
        "cannot use \"x.eml\": its only diff is quoted in a reply; give the mail that brought it");
  const std::string pull =
      "cannot use \"x.eml\": a pull request without patches; fetch its branch and give the range, as in "
      "main..FETCH_HEAD";
  CHECK(refusal(mail("[GIT PULL] workqueue for 6.19", "", "Please pull.\n")) == pull);
  CHECK(refusal(mail(
            "workqueue for 6.19", "",
            "The following changes since commit 1:\n\nare available in the Git repository at:\n\n  x\n")) ==
        pull);
}

TEST_CASE("what no mail may hold") {
  CHECK(refusal(std::string("From: a@b\n\nx\0y", 14)) ==
        "cannot read \"x.eml\": line 3 holds a NUL byte, and mail is text");
  const std::string coded = "MIME-Version: 1.0\nContent-Transfer-Encoding: base64\n";
  CHECK(refusal(mail("[PATCH] x", coded, base64_encode(diff + std::string("\0", 1)) + "\n")) ==
        "cannot use \"x.eml\": it holds a NUL byte");
  IntakeOptions small;
  small.max_bytes = 1u << 20;
  const auto large = read_series({{"x.eml", std::string(2u << 20, 'a')}, {"y", "b"}}, small);
  REQUIRE_FALSE(large.has_value());
  CHECK(large.error().message ==
        "cannot use \"x.eml, y\": 2,097,153 bytes are more than the 1 MiB that a series may have");
  small = {};
  small.max_messages = 1;
  const auto many = read_series({{"x.mbox", as_mbox({mail("a", "", "b\n"), mail("a", "", "b\n")})}}, small);
  REQUIRE_FALSE(many.has_value());
  CHECK(many.error().message ==
        "cannot read \"x.mbox\": it holds more than 1 messages; give the thread of one series");
  small = {};
  small.max_patches = 0;
  const auto none = read_series({{"x.eml", mail("[PATCH] x", "", diff)}}, small);
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().message ==
        "cannot use the series \"x\": 1 patches are more than 0; choose some of them with --patches");
}

TEST_CASE("a hostile diff in a mailbox is named by file, mail, line and path") {
  const std::string evil = replaced(replaced(diff, "--- a/kernel/x.c", "--- a/.git/config"),
                                    "+++ b/kernel/x.c", "+++ b/.git/config");
  const auto series =
      read_series({{"x.mbox", as_mbox({mail("hello", "", "talk\n"),
                                       replaced(mail("[PATCH] x: y", "", "---\n" + evil), "one@", "two@")})}},
                  {});
  REQUIRE_FALSE(series.has_value());
  CHECK(series.error().message ==
        "cannot use \"x.mbox: [PATCH] x: y\": line 18 touches \".git/config\", and a patch may not reach "
        "into .git");
}

TEST_CASE("what check_diff lets pass and git cannot read is refused in git's words") {
  const std::string odd = replaced(diff, "index 1111111", "old mode 100xyz\nnew mode 100644\nindex 1111111");
  CHECK(refusal(mail("[PATCH] x", "", odd)) ==
        "cannot use \"x.eml\": git cannot read its diff: invalid mode on line 2: 100xyz");
}

TEST_CASE("a date that git would not take becomes the epoch") {
  const auto series = must_read(replaced(mail("[PATCH] x", "", diff), "Wed, 3 Jun 2026 06:40:11 -0700",
                                         "99999999999 +9999; yesterday"));
  CHECK(series.patches[0].date == "99999999999 +9999; yesterday");
  CHECK(series.patches[0].mail.find("\nDate: Thu, 1 Jan 1970 00:00:00 +0000\n") != std::string::npos);
  committed(series);
}

TEST_CASE("control characters of a subject stay data") {
  const auto series = must_read(mail("[PATCH] x: \x1B[31mred", "", diff));
  CHECK(series.title == "x: \x1B[31mred");
}
