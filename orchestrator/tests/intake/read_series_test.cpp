// SPDX-License-Identifier: GPL-3.0-or-later
#include "intake/read_series.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/intake/mail_mutations.hpp"
#include "tests/intake/scratch_repository.hpp"
#include "util/random.hpp"

using namespace klab;
using namespace klab::test;

namespace {

// One series as git format-patch writes it, threaded, with cover letter and base-commit; kept for all tests.
struct Posted {
  ScratchRepository repository = kernel_like_repository();
  std::string base = repository.git({"rev-parse", "base"});
  std::string tree = repository.tree("main");
  std::string mbox = repository.git({"-c", "format.thread=shallow", "-c", "sendemail.x=y", "format-patch",
                                     "--stdout", "--cover-letter", "-v3", "--base=base", "base..main"}) +
                     "\n";
  std::vector<std::string> mails;  // cover letter first

  Posted() {
    mbox = klab::test::replaced(mbox, "*** SUBJECT HERE ***", "pool: kick it");
    mbox = klab::test::replaced(mbox, "*** BLURB HERE ***", "Why the pool has to be kicked.");
    for (auto& mail : messages_of(mbox)) mails.push_back(mail.text);
  }
};

const Posted& posted() {
  static const Posted one;
  return one;
}

Series must_read(const std::vector<RawSource>& sources, const IntakeOptions& options = {}) {
  auto series = read_series(sources, options);
  INFO((series ? "" : series.error().message + "\n" + series.error().tail));
  REQUIRE(series.has_value());
  return std::move(*series);
}

std::string refusal(const std::vector<RawSource>& sources, const IntakeOptions& options = {}) {
  auto series = read_series(sources, options);
  REQUIRE_FALSE(series.has_value());
  CHECK(series.error().kind == ErrorKind::input);
  return series.error().message;
}

void check_applies(const Series& series) {
  CHECK(posted().repository.tree_after_am("base", mails_of(series.patches)) == posted().tree);
}

std::string aside(const Series& series) {
  std::string text;
  for (const auto& one : series.left_aside) text += one.what + " -> " + one.why + "\n";
  return text;
}

std::vector<std::string> with_version(std::vector<std::string> mails, const std::string& tag) {
  for (auto& mail : mails) {
    mail = replaced(mail, "[PATCH v3", "[PATCH" + tag);
    for (const std::string name : {"Message-Id: <", "In-Reply-To: <", "References: <"})
      if (mail.find(name) != std::string::npos)
        mail = replaced(mail, name, name + "x" + (tag.empty() ? "1" : tag.substr(2)));
  }
  return mails;
}

}  // namespace

TEST_CASE("git format-patch --stdout comes out as it went in") {
  const auto series = must_read({{"series.mbox", posted().mbox}});
  CHECK(series.title == "pool: kick it");
  CHECK(series.author == "Lab <lab@example.org>");
  CHECK(series.version == 3);
  CHECK(series.base_commit == posted().base);
  CHECK(series.cover.substr(0, 30) == "Why the pool has to be kicked.");
  CHECK(series.cover.find("\n-- ") == std::string::npos);
  CHECK_FALSE(series.cover_message_id.empty());
  CHECK(aside(series).empty());
  REQUIRE(series.patches.size() == 4);
  for (int i = 0; i < 4; ++i) CHECK(series.patches[static_cast<std::size_t>(i)].number == i + 1);
  CHECK(series.patches[0].subject == "pool: return an error where there is no pool");
  CHECK(series.patches[0].author == "Jörg Müller <joerg@example.org>");
  CHECK(series.patches[0].date == "Wed, 3 Jun 2026 06:40:11 -0700");
  CHECK(series.patches[0].files == std::vector<std::string>{"kernel/pool.c"});
  CHECK(series.patches[1].files == std::vector<std::string>{"kernel/Makefile", "kernel/kick.c"});
  CHECK(series.patches[2].subject ==
        "drivers: rename a file with a title that is long enough to be folded by git when it writes mail for "
        "it");
  CHECK(series.patches[2].files ==
        std::vector<std::string>{"drivers/new_name.c", "drivers/old_name.c", "kernel/pool.c"});
  check_applies(series);
}

TEST_CASE("a patch's mail is one mbox message in UTF-8, whole") {
  const auto series = must_read({{"series.mbox", posted().mbox}});
  const auto& patch = series.patches[0];
  const auto diff = patch.mail.find("---\n");
  CHECK(patch.mail.substr(0, diff) ==
        "From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001\n"
        "From: Jörg Müller <joerg@example.org>\n"
        "Date: Wed, 3 Jun 2026 06:40:11 -0700\n"
        "Subject: [PATCH v3 1/4] pool: return an error where there is no pool\n"
        "Message-ID: <" +
            patch.message_id +
            ">\n"
            "MIME-Version: 1.0\n"
            "Content-Type: text/plain; charset=UTF-8\n"
            "Content-Transfer-Encoding: 8bit\n"
            "\n"
            "The größte fault of all.\n\nFrom here on callers check.\n\n"
            "Signed-off-by: Jörg Müller <joerg@example.org>\n");
  CHECK(messages_of(patch.mail).size() == 1);
  const auto log = [&] { return posted().repository.git({"log", "-1", "--format=%an|%ae|%ad|%B"}); };
  posted().repository.tree_after_am("base", {patch.mail});
  const auto applied = log();
  posted().repository.git({"checkout", "-q", "--detach", "main~3"});
  CHECK(applied == log());
}

TEST_CASE("a series survives what happens to mail") {
  auto mails = posted().mails;
  SECTION("parts in any order") {
    Random random(7);
    random.shuffle(mails);
  }
  SECTION("quoted-printable") {
    for (auto& mail : mails) mail = quoted_printable(mail);
  }
  SECTION("base64") {
    for (auto& mail : mails) mail = base64_body(mail);
  }
  SECTION("base64 of CR LF") {
    for (auto& mail : mails) mail = base64_body(mail, true);
  }
  SECTION("CR LF") {
    // git writes the umlaut of a file that is not UTF-8 as it is, and so must everybody else.
    for (auto& mail : mails) mail = with_crlf(mail);
  }
  SECTION("every part a mixture") {
    mails[1] = quoted_printable(mails[1]);
    mails[2] = with_crlf(base64_body(mails[2]));
    mails[3] = with_crlf(mails[3]);
  }
  SECTION("as one mboxrd") {
    const auto series = must_read({{"thread.mbox", as_mbox(mails)}});
    CHECK(series.patches[0].mail.find("\nFrom here on callers check.\n") != std::string::npos);
    check_applies(series);
    return;
  }
  std::vector<RawSource> sources;
  for (std::size_t i = 0; i < mails.size(); ++i) sources.push_back({fmt::format("{}.eml", i), mails[i]});
  const auto plain = must_read({{"series.mbox", posted().mbox}});
  const auto series = must_read(sources);
  CHECK(aside(series).empty());
  CHECK(mails_of(series.patches) == mails_of(plain.patches));
  check_applies(series);
}

TEST_CASE("a file with CR LF of its own keeps them") {
  ScratchRepository repository;
  repository.write("a.inf", "one\r\ntwo\r\nthree\r\n");
  repository.commit("base\n");
  repository.git({"tag", "base"});
  repository.write("a.inf", "one\r\n2\r\nthree\r\n");
  repository.commit("change\n");
  const auto mbox = repository.git({"format-patch", "--stdout", "-1"}) + "\n";
  const auto mail = mbox.substr(mbox.find('\n') + 1);
  const auto series =
      must_read({GENERATE(0, 1) ? RawSource{"a.eml", base64_body(mail)} : RawSource{"a.patch", mbox}});
  CHECK(repository.tree_after_am("base", mails_of(series.patches)) == repository.tree("main"));
}

TEST_CASE("missing parts are named") {
  auto mails = posted().mails;
  mails.erase(mails.begin() + 4);
  mails.erase(mails.begin() + 2);
  CHECK(refusal({{"x.mbox", as_mbox(mails)}}) ==
        "cannot use the series \"pool: kick it\": parts 2, 4 of 4 are missing; give them too, or choose what "
        "is there "
        "with --patches");
  mails = posted().mails;
  mails.erase(mails.begin() + 2);
  CHECK(refusal({{"x.mbox", as_mbox(mails)}}) ==
        "cannot use the series \"pool: kick it\": part 2 of 4 is missing; give them too, or choose what is "
        "there with "
        "--patches");
  CHECK(refusal({{"x.mbox", as_mbox({mails[0]})}}) ==
        "cannot use \"x.mbox\": it holds a cover letter and none of its patches; give the parts too");
  IntakeOptions options;
  options.range = PatchRange{3, 4};
  const auto series = must_read({{"x.mbox", as_mbox(mails)}}, options);
  REQUIRE(series.patches.size() == 2);
  CHECK(series.patches[0].number == 3);
  options.range = PatchRange{2, 9};
  CHECK(refusal({{"x.mbox", as_mbox(mails)}}, options) ==
        "cannot use patches 2-9 of the series \"pool: kick it\": it has 4 patches");
}

TEST_CASE("a multipart mail that has lost its boundaries is the text it is") {
  auto mails = posted().mails;
  mails[2] = replaced(mails[2], "\nMIME-Version",
                      "\nContent-Type: multipart/mixed; boundary=\"" + std::string(300, 'b') + "\"\nX-Was");
  check_applies(must_read({{"x.mbox", as_mbox(mails)}}));
}

TEST_CASE("duplicates are dropped and said") {
  auto mails = posted().mails;
  mails.push_back(mails[1] + "_______________________________________________\nlist mailing list\n");
  const auto series = must_read({{"x.mbox", as_mbox(mails)}});
  CHECK(aside(series) ==
        "[PATCH v3 1/4] pool: return an error where there is no pool -> a second copy of the same "
        "Message-ID\n");
  check_applies(series);
  std::vector<std::string> bare;
  for (const auto& mail : posted().mails) bare.push_back(without_header(mail, "Message-Id"));
  bare.push_back(bare[3]);
  CHECK(aside(must_read({{"x.mbox", as_mbox(bare)}})) ==
        "[PATCH v3 3/4] drivers: rename a file with a title that is long enough to be folded by git when it "
        "writes mail "
        "for it -> the same patch once more\n");
}

TEST_CASE("replies are left aside, and their trailers shown") {
  auto mails = posted().mails;
  const auto first = *must_read({{"x.mbox", posted().mbox}}).patches.begin();
  mails.push_back(reply_to("[PATCH v3 1/4] pool: x", first.message_id, "r1@example.org",
                           "> diff --git a/x b/x\n> +Reviewed-by: Quoted <q@example.org>\n\nNice.\n\n"
                           "Reviewed-by: Tejun Reviewer <reviewer@example.org>\n"));
  mails.push_back(
      reply_to("[PATCH v3 0/4] pool: kick it", "nobody@knows", "r2@example.org", "Thanks, applied.\n"));
  mails.push_back(reply_to(
      "[PATCH v3 2/4] pool: x", first.message_id, "r3@example.org",
      "Rather:\n\ndiff --git a/kernel/pool.c b/kernel/pool.c\n--- a/kernel/pool.c\n+++ b/kernel/pool.c\n"
      "@@ -1 +1 @@\n-a\n+b\n"));
  const auto reading = read_series({{"x.mbox", as_mbox(mails)}}, {});
  REQUIRE(reading.has_value());
  CHECK(
      aside(*reading) ==
      "Re: [PATCH v3 2/4] pool: x -> a reply with a diff of its own\n"
      "Re: [PATCH v3 1/4] pool: x -> a reply that offers Reviewed-by: Tejun Reviewer <reviewer@example.org>\n"
      "Re: [PATCH v3 0/4] pool: kick it -> a reply\n");
  REQUIRE(reading->trailers.size() == 1);
  CHECK(reading->trailers[0].part == 1);
  CHECK(reading->trailers[0].trailer == "Reviewed-by: Tejun Reviewer <reviewer@example.org>");
  CHECK(reading->trailers[0].from == "Tejun Reviewer <reviewer@example.org>");
  check_applies(*reading);
}

TEST_CASE("of several versions the newest is taken, or the one asked for") {
  auto mails = with_version(posted().mails, " v2");
  for (auto& mail : with_version(posted().mails, "")) mails.push_back(mail);
  for (auto& mail : with_version(posted().mails, " RFC v7")) mails.push_back(mail);
  mails.insert(mails.end(), posted().mails.begin(), posted().mails.end());
  const RawSource source{"x.mbox", as_mbox(mails)};
  auto reading = read_series({source}, {});
  REQUIRE(reading.has_value());
  CHECK(reading->version == 3);
  CHECK(reading->versions == std::vector<int>{1, 2, 3, 7});
  CHECK(aside(*reading) ==
        "[PATCH 0/4] pool: kick it -> version 1; version 3 is used\n"
        "[PATCH v2 0/4] pool: kick it -> version 2; version 3 is used\n"
        "[PATCH RFC v7 0/4] pool: kick it -> the RFC posting of version 7; version 3 is used\n");
  IntakeOptions options;
  options.version = 2;
  const auto older = must_read({source}, options);
  CHECK(older.version == 2);
  CHECK(older.patches.size() == 4);
  options.version = 5;
  CHECK(refusal({source}, options) ==
        "cannot use version 5 of \"pool: kick it\": \"x.mbox\" holds versions 1, 2, 3, 7");
}

TEST_CASE("a RESEND replaces the first posting") {
  auto mails = with_version(posted().mails, " RESEND v3");
  mails.insert(mails.end(), posted().mails.begin(), posted().mails.end());
  const auto reading = read_series({{"x.mbox", as_mbox(mails)}}, {});
  REQUIRE(reading.has_value());
  CHECK(reading->resend);
  CHECK(aside(*reading) ==
        "[PATCH v3 0/4] pool: kick it -> an earlier posting of version 3; version 3 is used\n");
}

TEST_CASE("two series in one mailbox are not guessed between") {
  auto mails = posted().mails;
  mails.push_back(
      "From: Other <o@example.org>\nSubject: [PATCH] mm: something else\nMessage-ID: "
      "<other@example.org>\n\nText\n---\n"
      "diff --git a/mm/x.c b/mm/x.c\n--- a/mm/x.c\n+++ b/mm/x.c\n@@ -1 +1 @@\n-a\n+b\n");
  CHECK(refusal({{"x.mbox", as_mbox(mails)}}) ==
        "cannot choose a series from \"x.mbox\": it holds 2: \"mm: something else\" (1 patch), \"pool: kick "
        "it\" (4 patches); "
        "give the messages of one");
  mails.back() =
      replaced(mails.back(), "\n\nText",
               "\nIn-Reply-To: <" + must_read({{"x", posted().mbox}}).cover_message_id + ">\n\nText");
  CHECK(aside(must_read({{"x.mbox", as_mbox(mails)}})) ==
        "[PATCH] mm: something else -> version 1; version 3 is used\n");
}

TEST_CASE("patches without numbers and Message-IDs are a series in the order given") {
  std::vector<RawSource> sources;
  const auto mbox = posted().repository.git({"format-patch", "-N", "--stdout", "base..main"}) + "\n";
  for (auto& mail : messages_of(mbox))
    sources.push_back({"000" + std::to_string(sources.size() + 1) + ".patch", mail.text});
  const auto series = must_read(sources);
  CHECK(series.patches.size() == 4);
  CHECK(series.title == "pool: return an error where there is no pool");
  check_applies(series);
}

TEST_CASE("a change-id, prerequisites and a base in the last patch are kept") {
  std::vector<std::string> mails(posted().mails.begin() + 1, posted().mails.end());
  mails[0] = replaced(mails[0], "\n---\n", "\n---\nchange-id: 20260603-pool-0123456789ab\n");
  mails[3] =
      replaced(mails[3], "\n-- \n",
               "\nbase-commit: " + posted().base + "\nprerequisite-patch-id: " + posted().base + "\n-- \n");
  const auto reading = read_series({{"x.mbox", as_mbox(mails)}}, {});
  REQUIRE(reading.has_value());
  CHECK(reading->title == "pool: return an error where there is no pool");
  CHECK(reading->change_id == "20260603-pool-0123456789ab");
  CHECK(reading->base_commit == posted().base);
  CHECK(reading->prerequisites == std::vector<std::string>{"prerequisite-patch-id: " + posted().base});
  check_applies(*reading);
}
