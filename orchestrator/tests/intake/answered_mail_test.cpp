// SPDX-License-Identifier: GPL-3.0-or-later
// Whom a reply to a series goes to, and under which subject: what the mail says that leads it.
#include "intake/answered_mail.hpp"

#include <catch2/catch.hpp>

#include "tests/intake/scratch_repository.hpp"
#include "tests/intake/thread_mails.hpp"
#include "util/text.hpp"

using namespace klab;
using namespace klab::test;

namespace {

// "subject: sender: recipient, recipient".
std::string shown(const AnsweredMail& answered) {
  auto text = answered.subject + ": " + answered.sender + ": " + join(answered.recipients, ", ");
  if (answered.left_out > 0) text += fmt::format(", {} more", answered.left_out);
  return text;
}

std::string shown(const std::vector<Sent>& all, const IntakeOptions& options = {}) {
  return shown(must_read_text(thread_of(all), options).answered);
}

// Of one mail with these headers beside its From: and Subject:.
std::string people(const std::string& headers, const std::string& from = "Ann <ann@x>") {
  const auto answered = answered_mail("From: " + from + "\n" + headers + "\nbody\n", "s", "Known <known@x>");
  return answered.sender + ": " + join(answered.recipients, ", ");
}

}  // namespace

TEST_CASE("answered mail: who has sent somebody else's patch gets the reply, and the lists a copy") {
  const auto series = must_read_text(mail_of({.subject = "[PATCH net-next v2] x: y",
                                              .id = "1",
                                              .body = "From: Jane Doe <jane@example.org>\n\n" + change("a.c"),
                                              .from = "Max Maintainer <max@example.org>",
                                              .headers = "To: linux-kernel@vger.kernel.org\nCc: Jane Doe <jane@example.org>,\n Max Maintainer "
                                                         "<MAX@example.org>, linux-kernel@vger.kernel.org\n"}));
  CHECK(series.author == "Jane Doe <jane@example.org>");
  CHECK(shown(series.answered) ==
        "[PATCH net-next v2] x: y: Max Maintainer <max@example.org>: linux-kernel@vger.kernel.org, Jane Doe <jane@example.org>");
}

TEST_CASE("answered mail: it is the cover letter, else the first patch that is used") {
  const std::string to = "To: cover-list@x\n", other = "To: patch-list@x\n";
  std::vector<Sent> all{{.subject = "[PATCH RFC 0/2] both", .id = "0", .body = "Why.\n", .headers = to},
                        {.subject = "[PATCH RFC 1/2] one", .id = "1", .parent = "0", .body = change("a.c"), .headers = other},
                        {.subject = "[PATCH RFC 2/2] two", .id = "2", .parent = "0", .body = change("b.c"), .headers = other}};
  CHECK(shown(all) == "[PATCH RFC 0/2] both: Ann Author <ann@example.org>: cover-list@x");
  all.erase(all.begin());
  CHECK(shown(all) == "[PATCH RFC 1/2] one: Ann Author <ann@example.org>: patch-list@x");
  IntakeOptions options;
  options.range = PatchRange{2, 2};
  CHECK(shown(all, options) == "[PATCH RFC 2/2] two: Ann Author <ann@example.org>: patch-list@x");
}

TEST_CASE("answered mail: the subject is the header's, without the marks of replies before it") {
  const std::string body = "Subject: [PATCH] inner\n\n" + change("a.c");
  CHECK(shown({{.subject = "[PATCH RESEND\n bpf-next] outer", .id = "1", .body = body}}) ==
        "[PATCH RESEND bpf-next] outer: Ann Author <ann@example.org>: ");
  CHECK(shown({{.subject = "Re: AW: [PATCH v2 1/3] a: b", .id = "1", .parent = "0", .body = change("a.c")}}) ==
        "[PATCH v2 1/3] a: b: Ann Author <ann@example.org>: ");
  CHECK(shown({{.subject = "=?utf-8?q?=5BPATCH=5D_gr=C3=B6=C3=9Fer?=", .id = "1", .body = change("a.c")}}) ==
        "[PATCH] größer: Ann Author <ann@example.org>: ");
}

TEST_CASE("answered mail: what nobody has sent is answered by none") {
  CHECK(shown({{.subject = "[PATCH net-next] x", .id = "", .body = change("a.c"), .headers = "To: list@x\n"}}) == ": : ");
  const auto repository = kernel_like_repository();
  const auto mbox = repository.git({"format-patch", "--stdout", "--to=list@x", "base..main"}) + "\n";
  CHECK(shown(must_read_text(mbox).answered) == ": : ");
}

TEST_CASE("answered mail: people as mail programs write them") {
  CHECK(people("To: \"Doe, Jane\" <jane@x>, =?UTF-8?q?M=C3=BCller=2C_J=C3=B6rg?= <joerg@x>,\n\tkim@x (Kim)\n") ==
        "Ann <ann@x>: Doe, Jane <jane@x>, Müller, Jörg <joerg@x>, Kim <kim@x>");
  CHECK(people("To: a@x\nTo: b@x\nCC: c@x, A <A@X>\n") == "Ann <ann@x>: a@x, b@x, c@x");
  CHECK(people("To: undisclosed-recipients:;\nCc: Lab: a@x, b@x;\n") == "Ann <ann@x>: a@x, b@x");
  CHECK(people("", "Ann <ann@x>, Ben <ben@x>") == "Ann <ann@x>: Ben <ben@x>");
  CHECK(people("To: a@x\n", "ann at x (Ann)") == "Known <known@x>: a@x");
  CHECK(people("To: nobody, <>, a b@x, <list@x>\n") == "Ann <ann@x>: list@x");
}

TEST_CASE("answered mail: a relay says who is to be answered, a list that asks for itself is not followed") {
  CHECK(people("Reply-To: ann@example.org\nTo: list@x\n", "Ann via Relay <devnull+ann@relay.x>") == "ann@example.org: list@x");
  CHECK(people("Reply-To: Ann <ann@y>, Ben <ben@y>\nTo: list@x\n") == "Ann <ann@y>: Ben <ben@y>, list@x");
  CHECK(people("Reply-To: LIST@x\nTo: list@x\n") == "Ann <ann@x>: list@x");
  CHECK(people("Reply-To: nobody\nTo: list@x\n") == "Ann <ann@x>: list@x");
}

TEST_CASE("answered mail: a name begins no header, and thousands are cut with a count") {
  const auto evil = people("To: =?utf-8?q?Eve=0D=0ABcc=3A_victim=40x=1B=5B31m?= <eve@x>\n");
  CHECK(evil == "Ann <ann@x>: Eve  Bcc: victim@x\uFFFD[31m <eve@x>");
  std::string crowd = "To: a@x";
  for (int i = 0; i < 5000; ++i) crowd += fmt::format(",\n person{}@x", i % 4000);
  const auto answered = answered_mail("From: Ann <ann@x>\n" + crowd + "\n\n", "s", "");
  CHECK(answered.recipients.size() == most_recipients);
  CHECK(answered.recipients.back() == "person198@x");
  CHECK(answered.left_out == 5000 - 199 - 199);  // those who are kept may be there twice
}
