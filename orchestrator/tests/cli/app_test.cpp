// SPDX-License-Identifier: GPL-3.0-or-later
#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "cli/program.hpp"
#include "cli/responder.hpp"
#include "model/experiment_json.hpp"

using namespace klab;
using klab::cli::test::Answer;
using klab::cli::test::Responder;
using klab::cli::test::run_klab;

namespace {

constexpr const char* first_poll = "GET /api/experiments/7/progress?seen=18446744073709551615";

std::string state(const std::string& name, const std::string& outcome, int version, const std::string& step) {
  return R"({"id":7,"state":")" + name + R"(","outcome":)" +
         (outcome.empty() ? "null" : "\"" + outcome + "\"") + R"(,"message":")" +
         (outcome == "crashed" ? "cannot finish boot 2: kernel BUG in foo" : "") +
         R"(","tail":"","boots_planned":10,"boots_done":2,"now":100,"progress":{"step":")" + step +
         R"(","detail":"","boot":0,"boots":10,"started":0,"seconds_per_boot":30,"version":)" +
         std::to_string(version) + "}}";
}

const std::string patch = R"(From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001
From: Ada <ada@example.org>
Date: Thu, 4 Jun 2026 15:47:36 +0000
Subject: [PATCH] a: change one
Message-ID: <one@example.org>

Why.

Signed-off-by: Ada <ada@example.org>
---
 a.c | 2 +-
 1 file changed, 1 insertion(+), 1 deletion(-)

diff --git a/a.c b/a.c
index 5626abf..814f4a4 100644
--- a/a.c
+++ b/a.c
@@ -1 +1 @@
-one
+two
--
2.39.5
)";

}  // namespace

TEST_CASE("klab: usage errors end in 64 and say what to do") {
  auto ran = run_klab({});
  CHECK(ran.code == 64);
  CHECK(ran.err == "klab: cannot use the command line: A subcommand is required; klab --help tells more\n");
  ran = run_klab({"measure"});
  CHECK(ran.code == 64);
  CHECK(ran.err == "klab: cannot use the command line: no command \"measure\"; klab --help tells more\n");
  ran = run_klab({"submit", "--boots", "0", "x.mbox"});
  CHECK(ran.code == 64);
  CHECK(ran.err ==
        "klab: cannot use the command line: --boots: Value 0 not in range 1 to 100; klab submit --help tells "
        "more\n");
  ran = run_klab({"export", "/nonexistent/x", "--limit", "61"});  // more than the page of a matrix leads to
  CHECK(ran.code == 64);
  CHECK(ran.err == "klab: cannot use the command line: --limit: Value 61 not in range 1 to 60; klab export --help tells more\n");
  ran = run_klab({"show", "five"});
  CHECK(ran.code == 64);
  CHECK(ran.err == "klab: cannot use the command line: N: \"five\" is no whole number above 0; klab show --help tells more\n");
  ran = run_klab({"show", "--boot", "3", "--format", "json"});
  CHECK(ran.code == 64);
  CHECK(ran.err == "klab: cannot use the command line: no option \"--format\"; klab show --help tells more\n");
  ran = run_klab({"watch"});
  CHECK(ran.code == 64);
  ran = run_klab({"show"});
  CHECK(ran.code == 64);
  CHECK(ran.err == "klab: cannot show: name an experiment, or --boot B, or --reproduce B\n");
  ran = run_klab({"submit", "/nonexistent/x.mbox"});
  CHECK(ran.code == 64);
  CHECK(ran.err ==
        "klab: cannot read \"/nonexistent/x.mbox\": neither a file, a directory, a Message-ID, nor a git range in \".\"\n");
}

TEST_CASE("klab: help names every exit status") {
  const auto ran = run_klab({"--help"});
  CHECK(ran.code == 0);
  for (const char* line :
       {"\n  0   same", "\n  1   regression", "\n  2   a series", "\n  3   lab error", "\n  64  usage"})
    CHECK(ran.out.find(line) != std::string::npos);
}

TEST_CASE("klab: a configuration that is not there") {
  const auto ran = run_klab({"status", "--config", "/nonexistent/klab.toml"});
  CHECK(ran.code == 64);
  CHECK(ran.err == "klab: cannot read \"/nonexistent/klab.toml\": No such file or directory\n");
}

TEST_CASE("klab: no daemon") {
  const auto ran = run_klab({"--socket", "/nonexistent/s", "status"});
  CHECK(ran.code == 3);
  CHECK(
      ran.err ==
      "klab: cannot reach klabd at \"/nonexistent/s\": No such file or directory; start it with ./lab up or systemctl start klabd\n");
}

TEST_CASE("klab submit: sends what was read, and says how to go on") {
  Responder daemon({{"POST /api/experiments", {{201, R"({"id":7,"title":"a: change one"})", ""}}}});
  const auto ran = run_klab({"submit", "-", "--kconfig", "lab,debug", "--workload", "workqueue:profile=full",
                             "--boots", "3", "--socket", daemon.socket().string()},
                            patch);
  CHECK(ran.err.empty());
  CHECK(ran.code == 0);
  CHECK(ran.out ==
        "series \"a: change one\", version 1, 1 patch, by Ada <ada@example.org>\n"
        "experiment 7: a: change one\n"
        "klab watch 7 follows it, klab show 7 tells everything about it\n");
  REQUIRE(daemon.bodies().size() == 1);
  const auto request = decode_request(daemon.bodies()[0]);
  REQUIRE(request.has_value());
  CHECK(request->boots == 3);
  CHECK(request->arms[1].kconfigs == std::vector<std::string>{"lab", "debug"});
  CHECK(request->workloads == std::vector<std::string>{"workqueue:profile=full"});
  REQUIRE(request->series[0].sources.size() == 1);
  CHECK(request->series[0].sources[0].bytes == patch);
}

TEST_CASE("klab submit: an empty command line is not the configuration's") {
  Responder daemon({{"POST /api/experiments", {{201, R"({"id":7,"title":"t"})", ""}}}});
  const auto sent = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"submit", "--socket", daemon.socket().string()});
    const auto ran = run_klab(words);
    INFO(ran.err);
    CHECK(ran.code == 0);
    const auto request = decode_request(daemon.bodies().back());
    REQUIRE(request.has_value());
    return request->arms.at(1).command_line;
  };
  CHECK_FALSE(sent({"--aa"}).has_value());
  CHECK(sent({"--cmdline", "", "--aa"}) == "");
  CHECK(sent({"--cmdline=", "--aa"}) == "");
  CHECK(sent({"--aa", "--cmdline", "quiet"}) == "quiet");
}

TEST_CASE("klab submit: what is no series never reaches the daemon") {
  Responder daemon({});
  const auto ran =
      run_klab({"submit", "-", "--socket", daemon.socket().string()}, "Subject: hello\n\nno patch here\n");
  CHECK(ran.code == 2);
  CHECK(ran.err.starts_with("klab: cannot "));
  CHECK(daemon.asked().empty());
}

TEST_CASE("klab submit: the daemon's refusal, with its tail") {
  Responder daemon(
      {{"POST /api/experiments",
        {{400,
          R"({"error":"cannot use the tree \"x\": configured are debian","tail":"one\ntwo","kind":"input"})",
          ""}}}});
  const auto ran = run_klab({"submit", "--aa", "--tree", "x", "--socket", daemon.socket().string()});
  CHECK(ran.code == 64);
  CHECK(ran.err == "klab: cannot use the tree \"x\": configured are debian\n  one\n  two\n");
}

TEST_CASE("klab run: sources are relative to the file") {
  Responder daemon({{"POST /api/experiments", {{201, R"({"id":7,"title":"t"})", ""}}}});
  REQUIRE(write_file_atomic(daemon.directory() / "one.patch", patch).has_value());
  REQUIRE(write_file_atomic(daemon.directory() / "e.toml",
                            "title = \"t\"\n[series.mine]\nsources = [\"one.patch\"]\n"
                            "[[arms]]\nlabel = \"a\"\n[[arms]]\nlabel = \"b\"\nseries = \"mine\"\n")
              .has_value());
  const auto ran = run_klab(
      {"run", (daemon.directory() / "e.toml").string(), "--socket", daemon.socket().string(), "--json"});
  CHECK(ran.code == 0);
  CHECK(ran.out == "{\"id\":7,\"title\":\"t\"}\n");
  const auto request = decode_request(daemon.bodies().at(0));
  REQUIRE(request.has_value());
  CHECK(request->series.at(0).sources.at(0).bytes == patch);
}

TEST_CASE("klab watch: plain lines, one per step, then the report and its exit code") {
  Responder daemon(
      {{first_poll, {{200, state("queued", "", 0, ""), ""}}},
       {"GET /api/experiments/7/progress?seen=0", {{200, state("building", "", 4, "building patched"), ""}}},
       {"GET /api/experiments/7/progress?seen=4", {{200, state("measuring", "", 5, "boot 1 of 10"), ""}}},
       {"GET /api/experiments/7/progress?seen=5", {{200, state("measuring", "", 6, "boot 1 of 10"), ""}}},
       {"GET /api/experiments/7/progress?seen=6", {{200, state("done", "ok", 7, "done"), ""}}},
       {"GET /api/experiments/7/report?format=text", {{200, "the table\n", "1"}}}});
  const auto ran = run_klab({"watch", "7", "--socket", daemon.socket().string()});
  CHECK(ran.out == "7: queued\n7: building patched\n7: boot 1 of 10\n7: done, ok\nthe table\n");
  CHECK(ran.err.empty());
  CHECK(ran.code == 1);
}

TEST_CASE("klab watch: a terminal gets one line redrawn, cleared before the report") {
  Responder daemon({{first_poll, {{200, state("measuring", "", 5, "boot 3 of 10"), ""}}},
                    {"GET /api/experiments/7/progress?seen=5", {{200, state("done", "ok", 6, "done"), ""}}},
                    {"GET /api/experiments/7/report?format=text", {{200, "the \x1b[31mtable\n", "0"}}}});
  const auto ran = run_klab({"watch", "7", "--socket", daemon.socket().string()}, {}, true);
  CHECK(ran.out ==
        "\r\033[K7: boot 3 of 10, 4 m 00 s left\r\033[K7: done\r\033[Kthe \xEF\xBF\xBD[31mtable\n");
  CHECK(ran.code == 0);
}

TEST_CASE("klab watch: a failure of the kernel is told with its cause and ends in 2") {
  Responder daemon({{first_poll, {{200, state("done", "crashed", 5, "done"), ""}}}});
  const auto ran = run_klab({"watch", "7", "--socket", daemon.socket().string()});
  CHECK(ran.out ==
        "7: done, crashed\nexperiment 7: crashed\n  cannot finish boot 2: kernel BUG in foo\n"
        "klab show 7 and klab logs 7 tell more\n");
  CHECK(ran.code == 2);
}

TEST_CASE("klab watch --json: one object a change, the last with report and exit code") {
  Responder daemon(
      {{first_poll, {{200, state("done", "ok", 5, "done"), ""}}},
       {"GET /api/experiments/7/report?format=json", {{200, R"({"format":"klab-report"})", "0"}}}});
  const auto ran = run_klab({"watch", "7", "--json", "--socket", daemon.socket().string()});
  CHECK(ran.code == 0);
  const auto at = ran.out.find('\n');
  REQUIRE(at != std::string::npos);
  const auto last = boost::json::parse(ran.out.substr(at + 1)).as_object();
  CHECK(last.at("exit_code") == 0);
  CHECK(last.at("outcome") == "ok");
  CHECK(last.at("report").at("format") == "klab-report");
}

TEST_CASE("klab watch: an experiment that is not there") {
  Responder daemon({});
  const auto ran = run_klab({"watch", "7", "--socket", daemon.socket().string()});
  CHECK(ran.code == 64);
  CHECK(ran.err == "klab: cannot find that\n");
}

TEST_CASE("klab logs: chosen by arm, slot, boot and kind; inert on a terminal, raw when asked") {
  const Answer view{
      200, R"({"arms":[{"label":"baseline","build":{"id":3,"outcome":"ok"}},{"label":"patched","build":null}],
    "profile_slots":[],"slots":[{"slot":1,"arm":"patched","boots":[{"id":41,"outcome":"interrupted"},{"id":42,"outcome":"ok"}]},
             {"slot":2,"arm":"baseline","boots":[{"id":43,"outcome":null}]}]})",
      ""};
  Responder daemon({{"GET /api/experiments/7", {view}},
                    {"GET /api/builds/3/log", {{200, "CC a.o\n", ""}}},
                    {"GET /api/boots/41/console", {{200, "first", ""}}},
                    {"GET /api/boots/42/console", {{200, "\x1b[1mBUG\r\n", ""}}},
                    {"GET /api/boots/43/console", {{200, "base\n", ""}}}});
  const auto logs = [&](std::vector<std::string> more, bool terminal = false) {
    std::vector<std::string> arguments{"--socket", daemon.socket().string(), "logs", "7"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_klab(arguments, {}, terminal);
  };
  CHECK(logs({"--build"}).out == "CC a.o\n");
  CHECK(logs({"--boot", "42"}).out == "\x1b[1mBUG\r\n");
  CHECK(logs({"--boot", "42"}, true).out == "\xEF\xBF\xBD[1mBUG\n");
  CHECK(logs({"--boot", "42", "--raw"}, true).out == "\x1b[1mBUG\r\n");
  CHECK(logs({"--slot", "1", "--arm", "patched"}).out ==
        "==> console of boot 41, slot 1, arm patched: interrupted <==\nfirst\n\n"
        "==> console of boot 42, slot 1, arm patched: ok <==\n\x1b[1mBUG\r\n\n");
  CHECK(logs({"--arm", "baseline"}).out ==
        "==> build 3 of arm baseline: ok <==\nCC a.o\n\n"
        "==> console of boot 43, slot 2, arm baseline: under way <==\nbase\n\n");
  const auto none = logs({"--boot", "99"});
  CHECK(none.code == 64);
  CHECK(none.err ==
        "klab: cannot show logs of experiment 7: it has none such; klab show 7 lists its arms and boots\n");
  CHECK(logs({"--build", "--slot", "1"}).code == 64);
}

TEST_CASE("klab compare exits with the verdict, klab report writes the file") {
  Responder daemon({{"GET /api/experiments/7/report?format=text", {{200, "the table\n", "1"}}},
                    {"GET /api/experiments/7",
                     {{200, R"({"outcome":"ok"})", ""},
                      {200, R"({"outcome":null})", ""},
                      {200, R"({"outcome":"apply-failed"})", ""},
                      {200, R"({"outcome":"cancelled"})", ""}}},
                    {"GET /api/experiments/7/report?format=html", {{200, "<html>", "1"}}}});
  const auto compared = run_klab({"compare", "7", "--socket", daemon.socket().string()});
  CHECK(compared.code == 1);
  CHECK(compared.out == "the table\n");
  for (int code : {1, 2, 3})
    CHECK(run_klab({"compare", "7", "--socket", daemon.socket().string()}).code == code);
  const auto file = daemon.directory() / "r.html";
  const auto written = run_klab(
      {"report", "7", "--format", "html", "--output", file.string(), "--socket", daemon.socket().string()});
  CHECK(written.code == 0);
  CHECK(written.out.empty());
  CHECK(read_file(file).value() == "<html>");
}

TEST_CASE("klab cancel and klab show --reproduce") {
  Responder daemon({{"POST /api/experiments/7/cancel", {{200, R"({"id":7,"state":"measuring"})", ""}}},
                    {"GET /api/boots/42/reproduce", {{200, "#!/bin/sh\nexec qemu\n", ""}}}});
  CHECK(run_klab({"cancel", "7", "--socket", daemon.socket().string()}).out ==
        "experiment 7 is being cancelled\n");
  CHECK(run_klab({"show", "--reproduce", "42", "--socket", daemon.socket().string()}).out ==
        "#!/bin/sh\nexec qemu\n");
}
