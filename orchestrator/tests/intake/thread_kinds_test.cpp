// SPDX-License-Identifier: GPL-3.0-or-later
#include <chrono>

#include "tests/intake/thread_mails.hpp"

using namespace klab;
using namespace klab::test;

namespace {

const std::string robot = "kernel test robot <robot@example.com>";

std::vector<Sent> three_parts() {
  return {{"[PATCH 0/3] the series", "c", "", "Cover.\n"},
          {"[PATCH 1/3] one", "p1", "c", change("1.c")},
          {"[PATCH 2/3] two", "p2", "c", change("2.c")},
          {"[PATCH 3/3] three", "p3", "c", change("3.c")}};
}

std::vector<Sent> with(std::vector<Sent> all, const std::vector<Sent>& more) {
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace

TEST_CASE("parts sent again alone are completed from the version they answer, and that is said") {
  const std::string said =
      "this part was sent again alone in version 2; used with it: parts 1 of version 1, 3 of version 1";
  const auto numbered = with(three_parts(), {{"[PATCH v2 2/3] two", "q2", "p2", change("2.c", "int e;")}});
  CHECK(chosen(numbered) == "the series v2 [c@x]: p1@x q2@x p3@x\n[PATCH 2/3] two -> " + said);
  // Without n/m it is the answer that tells which part it is.
  CHECK(chosen(with(three_parts(), {{"[PATCH v2] two", "q2", "p2", change("2.c", "int e;")}})) ==
        "the series v2 [c@x]: p1@x q2@x p3@x\n[PATCH 2/3] two -> " + said);
  IntakeOptions first;
  first.version = 1;
  CHECK(must_read_text(thread_of(numbered), first).patches[1].message_id == "p2@x");
  // Twice.
  CHECK(chosen(with(numbered, {{"[PATCH v3 3/3] three", "r3", "p3", change("3.c", "int f;")}})) ==
        "the series v3 [c@x]: p1@x q2@x r3@x\n"
        "[PATCH 2/3] two -> this part was sent again alone in version 3; used with it: parts 1 of version 1, 2 "
        "of version 2\n"
        "[PATCH 3/3] three -> this part was sent again alone in version 3; used with it: parts 1 of version 1, "
        "2 of version 2");
  // Half of a new posting is no such thing.
  const auto half = read_series(
      {{"x.mbox", thread_of(with(three_parts(), {{"[PATCH v2 2/3] two", "q2", "elsewhere", change("2.c")}}))}},
      {});
  REQUIRE_FALSE(half.has_value());
  CHECK(half.error().message ==
        "cannot use the series \"two\": parts 1, 3 of 3 are missing; give them too, or choose what is there "
        "with --patches");
}

TEST_CASE("a cover letter is known by the parts that answer it") {
  const Sent one{"[PATCH 1/2] one", "p1", "c", change("1.c")}, two{"[PATCH 2/2] two", "p2", "c", change("2.c")};
  for (const std::string subject :
       {"[PATCHSET for-6.10] things", "[PATCH net-next v3 0/2] things", "[PATCH RFC 0/2] things", "things"}) {
    INFO(subject);
    const auto series = must_read_text(thread_of({{subject, "c", "", "Cover.\n"}, one, two}));
    CHECK(series.title == "things");
    CHECK(series.cover == "Cover.");
    CHECK(series.version == (subject.find("v3") == std::string::npos ? 1 : 3));
    CHECK(series.rfc == (subject.find("RFC") != std::string::npos));
    CHECK(series.left_aside.empty());
  }
  // What somebody else wrote before is a report.
  CHECK(chosen({{"it crashes", "c", "", "Help.\n", robot}, {"[PATCH] fix it", "p", "c", change("1.c")}}) ==
        "fix it v1 []: p@x\nit crashes -> no patch");
}

TEST_CASE("a pull request that was sent as patches too is a series") {
  const std::string pull = "The following changes are available in the Git repository at:\n\n  git://x\n";
  for (const std::string prefix : {"[PATCH net {}/2]", "[GIT PULL {}/2]", "[pull request][net-next {}/2]"}) {
    const auto numbered = [&](int n) { return fmt::format(fmt::runtime(prefix), n) + " x" + std::to_string(n); };
    CHECK(chosen({{numbered(0), "c", "", pull},
                  {numbered(1), "p1", "c", change("1.c")},
                  {numbered(2), "p2", "c", change("2.c")}}) == "x0 v1 [c@x]: p1@x p2@x");
  }
  const auto none = read_series({{"x.mbox", thread_of({{"[GIT PULL 0/2] x", "c", "", pull},
                                                       {"[GIT PULL 1/2] y", "d", "c", pull}})}},
                                {});
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().message ==
        "cannot use \"x.mbox\": a pull request without patches; fetch its branch and give the range, as in "
        "main..FETCH_HEAD");
}

TEST_CASE("a patch in answer to a patch is no newer version of it") {
  const Sent first{"[PATCH] do it", "p", "", change("1.c")};
  CHECK(chosen({first, {"[PATCH] fix ifnullfree warnings", "r", "p", change("2.c"), robot}}) ==
        "do it v1 []: p@x\n[PATCH] fix ifnullfree warnings -> another patch of its thread; \"do it\" is used");
  CHECK(chosen({first, {"[RFC PATCH] it can be static", "r", "p", change("2.c"), robot, "",
                        "Thu, 4 Jun 2026 06:40:11 -0700"}}) ==
        "do it v1 []: p@x\n[RFC PATCH] it can be static -> the RFC posting of version 1; version 1 is used");
  CHECK(chosen({first, {"[PATCH] also this", "q", "p", change("2.c")}}) ==
        "do it v1 []: p@x\n[PATCH] also this -> another patch of its thread; \"do it\" is used");
  CHECK(chosen({first, {"[PATCH v2] do it well", "q", "p", change("1.c", "int e;")}}) ==
        "do it well v2 []: q@x\n[PATCH] do it -> version 1; version 2 is used");
}

TEST_CASE("a stable queue of which one patch is here is not the series") {
  CHECK(chosen({{"[PATCH] do it", "p", "", change("1.c")},
                {"[PATCH 5.10 012/456] do it", "s", "queue", change("1.c"), robot}}) ==
        "do it v1 []: p@x\n[PATCH 5.10 012/456] do it -> a part of another series, which is not here whole; "
        "\"do it\" is used");
}

TEST_CASE("of patches proposed in replies the last is taken, whatever they answer") {
  CHECK(chosen({{"Re: [PATCH 2/7] it", "p", "before", change("1.c")},
                {"Re: [PATCH 2/7] it", "q", "p", change("1.c", "int e;"), "Ann Author <ann@example.org>", "",
                 "Thu, 4 Jun 2026 06:40:11 -0700"}}) ==
        "it v1 []: q@x\nRe: [PATCH 2/7] it -> an earlier posting of version 1; version 1 is used");
}

TEST_CASE("a reply that lost its Re: is one by what it quotes") {
  const auto series = must_read_text(
      thread_of({{"[PATCH] do it", "p", "", change("1.c")},
                 {"[PATCH] do it", "r", "p", "> Text.\n\nReviewed-by: R <r@example.org>\n", "R <r@example.org>"}}));
  CHECK(chosen(series) ==
        "do it v1 []: p@x\n[PATCH] do it -> a reply that offers Reviewed-by: R <r@example.org>");
  REQUIRE(series.trailers.size() == 1);
  CHECK(series.trailers[0].part == 1);
}

TEST_CASE("two postings without threads are told apart by when they were sent") {
  std::vector<Sent> all;
  for (const std::string hour : {"13", "14"})
    for (const std::string part : {"1", "2"})
      all.push_back({"[net,v2," + part + "/2] part " + part, "h" + hour + "p" + part, "", change(part + ".c"),
                     "Ann Author <ann@example.org>", "", "Tue, 23 May 2026 " + hour + ":2" + part + ":05 +0800"});
  std::swap(all[0], all[3]);
  CHECK(chosen(all) ==
        "part 1 v2 []: h14p1@x h14p2@x\n[net v2 1/2] part 1 -> an earlier posting of version 2; version 2 is used");
}

TEST_CASE("a copy under another Message-ID is one copy") {
  auto all = three_parts();
  all.push_back(all[2]);
  all.back().id = "copy";
  CHECK(chosen(all) == "the series v1 [c@x]: p1@x p2@x p3@x\n[PATCH 2/3] two -> the same patch once more");
  all.back().date = "Thu, 4 Jun 2026 06:40:11 -0700";
  CHECK(chosen(all) == "the series v1 [c@x]: p1@x p2@x p3@x\n[PATCH 2/3] two -> the same patch once more");
  all.back().body = change("2.c", "int e;");
  const auto twice = read_series({{"x.mbox", thread_of(all)}}, {});
  REQUIRE_FALSE(twice.has_value());
  CHECK(twice.error().message ==
        "cannot use \"x.mbox\": part 2 of 3 is there twice, as \"[PATCH 2/3] two\" and as \"[PATCH 2/3] two\"; "
        "remove one of them");
}

TEST_CASE("those who follow \"yes\" are in no thread together") {
  const std::string yes = "In-Reply-To: <yes>\nReferences: <yes>\n";
  Sent one{"[PATCH] one", "p", "", change("1.c")}, two{"[PATCH] two", "q", "", change("2.c")};
  one.headers = two.headers = yes;
  const auto series = read_series({{"x.mbox", thread_of({one, two})}}, {});
  REQUIRE_FALSE(series.has_value());
  CHECK(series.error().message ==
        "cannot choose a series from \"x.mbox\": it holds 2: \"one\" (1 patch), \"two\" (1 patch); give the "
        "messages of one");
}

TEST_CASE("both of two In-Reply-To headers count") {
  Sent two{"[PATCH 2/2] two", "p2", "", change("2.c")};
  two.headers = "In-Reply-To: \n <p1@x>\nReferences: <p1@x>\nIn-Reply-To: <c@x>\nReferences: <c@x>\n";
  const auto series = must_read_text(thread_of({{"[PATCH 1/2] one", "p1", "elsewhere", change("1.c")},
                                                two,
                                                {"[PATCH v2] two", "q", "c", change("2.c", "int e;")}}));
  CHECK(series.versions == std::vector<int>{1, 2});
}

TEST_CASE("a large archive is read in a moment") {
  std::vector<std::string> mails;
  for (int t = 0; t < 700; ++t) {
    const auto id = [&](int n) { return fmt::format("t{}n{}", t, n); };
    mails.push_back(mail_of({"[PATCH 0/9] the series", id(0), "", fmt::format("Cover {}.\n", t)}));
    for (int n = 1; n < 10; ++n) {
      mails.push_back(mail_of({fmt::format("[PATCH {}/9] part {}", n, n), id(n), id(0),
                               change(fmt::format("{}.c", n), fmt::format("int t{};", t))}));
      mails.push_back(
          mail_of({fmt::format("Re: [PATCH {}/9] part {}", n, n), id(n + 20), id(n), "> Text.\n\nNice.\n"}));
    }
  }
  const std::string archive = as_mbox(mails);
  const auto start = std::chrono::steady_clock::now();
  const auto series = must_read_text(archive);
  CHECK(series.patches.size() == 9);
  CHECK(series.left_aside.size() == 700 * 9 + 699);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
}
