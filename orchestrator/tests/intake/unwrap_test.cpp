// SPDX-License-Identifier: GPL-3.0-or-later
#include "intake/unwrap.hpp"

#include "intake/charset.hpp"
#include "intake/trailers.hpp"
#include "tests/intake/thread_mails.hpp"
#include "util/text.hpp"

using namespace klab;
using namespace klab::test;

namespace {

const std::string mixed = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"=-=; x\"\n";

std::string part(const std::string& headers, const std::string& text) {
  return "--=-=; x\n" + headers + "\n" + text + "\n";
}
std::string attached(const std::string& name, const std::string& text) {
  return part("Content-Type: text/x-patch; name=\"" + name + "\"\nContent-Transfer-Encoding: base64\n"
              "Content-Disposition: attachment; filename=\"" + name + "\"\n",
              base64_encode(text));
}
const std::string end = "--=-=; x--\n";

std::string format_patch(const std::string& subject, const std::string& file) {
  return "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n"
         "From: Real Author <real@example.net>\nDate: Tue, 2 Jun 2026 10:00:00 +0200\nSubject: " +
         subject + "\n\n" + change(file) + "-- \n2.40.1\n\n";
}

std::string without_from_line(const std::string& mail) { return mail.substr(mail.find('\n') + 1); }

Series read_one(const std::string& headers, const std::string& body, const std::string& subject = "[PATCH] x: y") {
  return must_read_text(mail_of({subject, "m", "before", body, "Ann Author <ann@example.org>", headers}));
}

}  // namespace

TEST_CASE("the web page beside the text is dropped") {
  const auto series = read_one(
      mixed, part("Content-Type: text/plain; charset=UTF-8\n", change("1.c")) +
                 part("Content-Type: text/html\n", "<pre>\n" + change("2.c") + "</pre>") + end);
  CHECK(series.patches[0].files == std::vector<std::string>{"1.c"});
}

TEST_CASE("an attached file of git format-patch is the mail, with its author") {
  const auto body = part("Content-Type: text/plain; format=flowed\n", "Try this.\n") +
                    attached("0001-a.patch", format_patch("[PATCH v2] inner", "1.c")) + end;
  const auto series = read_one(mixed, body, "Re: a bug");
  CHECK(chosen(series) == "inner v2 []: m@x");
  CHECK(series.author == "Real Author <real@example.net>");
  CHECK(series.patches[0].date == "Tue, 2 Jun 2026 10:00:00 +0200");
}

TEST_CASE("several attached mails are a series") {
  const auto body = part("Content-Type: text/plain\n", "Two patches.\n") +
                    attached("0001-a.patch", format_patch("[PATCH 1/2] one", "1.c")) +
                    part("Content-Type: message/rfc822\n", without_from_line(format_patch("[PATCH 2/2] two", "2.c"))) + end;
  const auto series = read_one(mixed, body, "patches for you");
  CHECK(series.patches.size() == 2);
  CHECK(chosen(series) == "one v1 []:  \npatches for you -> no patch");
}

TEST_CASE("an attached diff is used rather than the same one in the text") {
  const auto body = part("Content-Type: text/plain; format=flowed\n", change("1.c")) +
                    attached("x.diff", change("1.c").substr(10)) +
                    attached("config.txt", "CONFIG_X=y\n+CONFIG_Z=y\n") + end;
  const auto series = read_one(mixed, body);
  REQUIRE(series.patches.size() == 1);
  CHECK(series.patches[0].mail.find("diff --git") == series.patches[0].mail.rfind("diff --git"));
  CHECK(series.patches[0].mail.find("CONFIG_X") == std::string::npos);
  CHECK(series.patches[0].mail.find("\n\nText.\n---\n") != std::string::npos);
}

TEST_CASE("a flowed diff in one of several parts is refused") {
  const auto series = read_series(
      {{"x.eml", mail_of({"[PATCH] x", "m", "", part("Content-Type: text/plain; format=flowed\n", change("1.c")) + end,
                          "Ann <ann@example.org>", mixed})}},
      {});
  REQUIRE_FALSE(series.has_value());
  CHECK(series.error().message ==
        "cannot use \"x.eml\": it was sent as format=flowed, which rewraps the lines of a diff; ask for the "
        "original, e.g. with b4");
}

TEST_CASE("a diff in a web page is refused") {
  const std::string page = "<pre>\n" + change("1.c") + "</pre>\n";
  for (const auto& [headers, body] :
       {std::pair{std::string("Content-Type: text/html; charset=UTF-8\n"), page},
        std::pair{mixed, part("Content-Type: text/html\n", page) + end}}) {
    const auto series = read_series(
        {{"x.eml", mail_of({"[PATCH] x", "m", "", body, "Ann <ann@example.org>", headers})}}, {});
    REQUIRE_FALSE(series.has_value());
    CHECK(series.error().message ==
          "cannot use \"x.eml\": it was sent as a web page, which changes the text of a diff; ask for the "
          "original, e.g. with b4");
  }
}

TEST_CASE("a clear text signature is taken off") {
  std::string text = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n";
  const std::string inside = change("1.c");
  for (std::size_t at = 0; at < inside.size();) {
    const auto next = inside.find('\n', at) + 1;
    text += (inside[at] == '-' ? "- " : "") + inside.substr(at, next - at);
    at = next;
  }
  const auto series = read_one("", text + "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n");
  CHECK(series.patches[0].mail == read_one("", inside).patches[0].mail);
}

TEST_CASE("attachments within attachments end somewhere") {
  std::string inner = without_from_line(format_patch("[PATCH] deep", "1.c"));
  for (int depth = 0; depth < 200; ++depth) {
    const std::string boundary = "b" + std::to_string(depth);
    inner = "From: a@b.c\nSubject: [PATCH] level\nContent-Type: multipart/mixed; boundary=" + boundary + "\n\n--" +
            boundary + "\nContent-Type: message/rfc822\n\n" + inner + "\n--" + boundary + "--\n";
  }
  CHECK(unwrap_mail(inner).size() == 1);
}

TEST_CASE("parameters of a header") {
  CHECK(parameter("multipart/mixed; boundary=\"a;b\"; x=y", "boundary") == "a;b");
  CHECK(parameter("text/plain; Format = Flowed", "format") == "Flowed");
  CHECK(parameter("text/plain", "charset").empty());
}

TEST_CASE("encoded words of a header") {
  CHECK(decode_words("=?utf-8?q?gr=C3?=\n =?utf-8?q?=B6=C3=9Fer?= x") == "größer x");
  CHECK(decode_words("=?iso-8859-1?Q?a_b?= =?iso-8859-2?B?4Q==?=c") == "a bác");
  CHECK(decode_words("=?iso-2022-jp?B?GyRCNUhGIxsoQg==?= <y@x>") == "吉藤 <y@x>");
  CHECK(decode_words("=?UTF-8*de?Q?=C3=A4?=") == "ä");
  CHECK(decode_words("=?x-unheard-of?q?=E4?=") == "\xE4");
  CHECK(decode_words("=?utf-8?q?open") == "=?utf-8?q?open");
  CHECK(decode_words("a =? b ?= c") == "a =? b ?= c");
  CHECK(decode_words(std::string(400'000, '=')).size() == 400'000);
  std::string open;
  for (int i = 0; i < 200'000; ++i) open += "=?utf-8?q?a";
  CHECK(decode_words(open).size() == open.size());
}

TEST_CASE("character sets and encodings of a body") {
  CHECK(to_utf8("\xC4\xE3", "gb2312") == "你");
  CHECK(to_utf8("\xFF\xFF", "gb2312") == "\xFF\xFF");
  CHECK(decode_quoted_printable("a=\nb=20 \nc=3Dd=\r\ne=zz\n") == "ab \nc=de=zz\n");
  CHECK(decode_base64("YWJj\nZGVm\n") == "abcdef");
  CHECK(decode_base64("YQ==\n____\nlist\n") == "a\n____\nlist\n");
}

TEST_CASE("a mail in UTF-16, as mail programs save it, and an archive that hides addresses") {
  std::string wide = "\xFF\xFE";
  for (char c : mail_of({"[PATCH] wide", "m", "", change("1.c")})) {
    wide += c;
    wide += '\0';
  }
  CHECK(chosen(must_read_text(wide)) == "wide v1 []: m@x");
  const auto hidden = must_read_text(replaced(mail_of({"[PATCH] x", "m", "", change("1.c")}),
                                              "Ann Author <ann@example.org>", "ann at example.org (Ann Author)"));
  CHECK(chosen(hidden) == "x v1 []: m@x");
  CHECK(hidden.author == "Ann Author <ann@example.org>");
}

TEST_CASE("trailers as people write them") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"Reviewed-by: A <a@b.c>", "Reviewed-by: A <a@b.c>"},
      {"Tested-By: A <a@b.c> # on arm64", "Tested-By: A <a@b.c> # on arm64"},
      {"Reviewed-by: A <a@b.c<mailto:a@b.c>>", "Reviewed-by: A <a@b.c>"},
      {"Acked-by: a@b.c", "Acked-by: a@b.c"},
      {"Acked-by : A <a@b.c>", "Acked-by: A <a@b.c>"},
      {"Tested-by: A Long Name\n <a@b.c>", "Tested-by: A Long Name <a@b.c>"},
      {"> Reviewed-by: A <a@b.c>", ""},
      {"Reviewed-by: A <a@b.c> would be too early", ""},
      {"Reviewed-by: nobody in particular", ""},
      {"Sent-by: me @ home", ""},
  };
  for (const auto& [text, expected] : cases) {
    INFO(text);
    Message reply;
    reply.body = "Nice.\n\n" + text + "\n\n-- \nme\n";
    CHECK(join(offered_trailers(reply), "|") == expected);
  }
}
