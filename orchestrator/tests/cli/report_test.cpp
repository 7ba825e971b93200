// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>
#include <cstdlib>

#include "cli/program.hpp"
#include "cli/responder.hpp"
#include "support/error_words.hpp"

using namespace klab;
using klab::cli::test::Answer;
using klab::cli::test::Responder;
using klab::cli::test::run_klab;

namespace {

constexpr const char* parts_target = "GET /api/experiments/7/report?format=mail-parts";
const std::string parts =
    R"({"to":"Ada <ada@example.org>","subject":"Re: [PATCH] a: b","in_reply_to":"one@example.org","body":"From here.\nEnd.\n"})";

// A configuration, and a program that takes mails: it keeps what it gets, and ends as it is told.
struct Desk {
  explicit Desk(const std::string& program, int status = 0) {
    if (!program.empty()) {
      const auto script = directory.path() / "sendmail";
      REQUIRE(write_file_atomic(script, "#!/bin/sh\ncat >" + (directory.path() / "sent").string() + "\necho 'queue is full' >&2\nexit " +
                                            std::to_string(status) + "\n"));
      std::filesystem::permissions(script, std::filesystem::perms::owner_all);
    }
    const std::string named = program.empty() ? "" : "sendmail = [\"" + (program == "own" ? (directory.path() / "sendmail").string() : program) + "\", \"-t\"]\n";
    REQUIRE(write_file_atomic(config(), "[mail]\nfrom = \"Grace <grace@example.org>\"\n" + named));
  }
  std::string config() const { return (directory.path() / "klab.toml").string(); }
  std::string sent() const {
    const auto mail = read_file(directory.path() / "sent");
    return mail ? *mail : "";
  }
  TemporaryDirectory directory = TemporaryDirectory::create(std::filesystem::temp_directory_path(), "klab-desk-").value();
};

}  // namespace

TEST_CASE("klab report --format mail: a text to paste, or a draft") {
  Responder daemon({{parts_target, {{200, parts, ""}}}});
  Desk desk("");
  auto ran = run_klab({"report", "7", "--format", "mail", "--config", desk.config(), "--socket", daemon.socket().string()});
  CHECK(ran.code == 0);
  CHECK(ran.out ==
        "To: Ada <ada@example.org>\nSubject: Re: [PATCH] a: b\nIn-Reply-To: <one@example.org>\nReferences: <one@example.org>\n\n"
        "From here.\nEnd.\n");
  const auto file = desk.directory.path() / "draft";
  ran = run_klab({"report", "7", "--format", "mail", "--mbox", "--output", file.string(), "--config", desk.config(), "--socket", daemon.socket().string()});
  CHECK(ran.code == 0);
  CHECK(ran.out.empty());
  const auto draft = read_file(file).value();
  CHECK(draft.starts_with("From klab Thu Jan  1 00:00:00 1970\nFrom: Grace <grace@example.org>\nTo: Ada <ada@example.org>\n"));
  CHECK(draft.find("\nMessage-ID: <klab.") != std::string::npos);
  CHECK(draft.find("\n\n>From here.\nEnd.\n") != std::string::npos);
}

TEST_CASE("klab report --send: only by a configured command") {
  Responder daemon({{parts_target, {{200, parts, ""}}}});
  const auto send = [&](const Desk& desk) {
    return run_klab({"report", "7", "--format", "mail", "--send", "--config", desk.config(), "--socket", daemon.socket().string()});
  };
  Desk none("");
  auto ran = send(none);
  CHECK(ran.code == 64);
  CHECK(ran.err ==
        "klab: cannot send the mail: no command is configured for it; put [mail] sendmail = [\"msmtp\", \"-t\"] into klab.toml\n");
  Desk good("own");
  ran = send(good);
  CHECK(ran.code == 0);
  CHECK(ran.out.starts_with("sent to Ada <ada@example.org> as <klab."));
  CHECK(good.sent().starts_with("From: Grace <grace@example.org>\n"));
  CHECK(good.sent().find("\n\nFrom here.\n") != std::string::npos);
  Desk bad("own", 75);
  ran = send(bad);
  CHECK(ran.code == 3);
  CHECK(ran.err == "klab: cannot send the mail: " + (bad.directory.path() / "sendmail").string() +
                       ": exit status 75; the draft is here: klab report --format mail --mbox\n  queue is full\n");
  Desk absent("/nonexistent/sendmail");
  ran = send(absent);
  CHECK(ran.code == 3);
  CHECK(ran.err.find("cannot send the mail with \"/nonexistent/sendmail\": ") == 6);
  CHECK(ran.err.find("; mend mail.sendmail in klab.toml\n") != std::string::npos);
}

TEST_CASE("klab report: whoever had the series has a copy of the reply, but for its sender") {
  const std::string crowd =
      R"({"to":"Ada <ada@example.org>","cc":["list@example.org","Grace <GRACE@example.org>","Müller, J. <j@example.org>",7],"left_out":12,)"
      R"("subject":"Re: [PATCH net-next] a: b","in_reply_to":"one@example.org","body":"x\n"})";
  Responder daemon({{parts_target, {{200, crowd, ""}}}});
  Desk desk("own");
  const auto report = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments{"report", "7", "--format", "mail", "--config", desk.config(), "--socket", daemon.socket().string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_klab(arguments);
  };
  auto ran = report({});
  CHECK(ran.out ==
        "To: Ada <ada@example.org>\nCc: list@example.org, Grace <GRACE@example.org>, \"Müller, J.\"\n <j@example.org>\n"
        "Subject: Re: [PATCH net-next] a: b\nIn-Reply-To: <one@example.org>\nReferences: <one@example.org>\n\nx\n");
  CHECK(ran.err == "klab: Cc has 3 people; the series went to 12 more, who are left out\n");
  ran = report({"--send"});
  CHECK(ran.code == 0);
  CHECK(ran.out.starts_with("sent to Ada <ada@example.org> and 2 others as <klab."));
  CHECK(desk.sent().find("\nTo: Ada <ada@example.org>\nCc: list@example.org, =?utf-8?B?TcO8bGxlciwgSi4=?= <j@example.org>\nSubject: ") !=
        std::string::npos);
}

TEST_CASE("klab report --send: nobody is written to by mistake") {
  Responder daemon({{parts_target, {{200, R"({"to":"","subject":"klab: A/A","in_reply_to":"","body":"x\n"})", ""}}}});
  Desk desk("own");
  const auto ran = run_klab({"report", "7", "--format", "mail", "--send", "--config", desk.config(), "--socket", daemon.socket().string()});
  CHECK(ran.code == 64);
  CHECK(ran.err ==
        "klab: cannot send the mail: the series names nobody to reply to; write the draft with --mbox and address it\n");
  CHECK(desk.sent().empty());
}

TEST_CASE("klab report --message: the experiment of a mail") {
  Responder daemon({{"GET /api/messages?id=one%40example.org", {{200, R"({"experiment":7})", ""}}},
                    {"GET /api/messages?id=two%40example.org", {{200, R"({"experiment":null})", ""}}},
                    {"GET /api/experiments/7/report?format=b4-check", {{200, "[{\"tool\":\"klab\"}]\n", ""}}}});
  const auto ask = [&](std::vector<std::string> more, const std::string& input = {}) {
    std::vector<std::string> arguments{"report", "--socket", daemon.socket().string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_klab(arguments, input);
  };
  CHECK(ask({"--format", "b4-check", "--message", "<one@example.org>"}).out == "[{\"tool\":\"klab\"}]\n");
  CHECK(ask({"--format", "b4-check", "--message", "-"}, "Subject: [PATCH] a\nMessage-Id:\n <one@example.org>\n\nbody\n").out ==
        "[{\"tool\":\"klab\"}]\n");
  CHECK(ask({"--format", "b4-check", "--message", "two@example.org"}).out == "[]\n");
  auto ran = ask({"--message", "two@example.org"});
  CHECK(ran.code == 64);
  CHECK(ran.err == "klab: cannot report: no experiment has a series with this mail; klab submit makes one\n");
  CHECK(ask({"--message", "-"}, "Subject: x\n\n").err == "klab: cannot find the experiment of the mail: it has no Message-ID\n");
  CHECK(ask({}).err == "klab: cannot report: name an experiment, or a mail of its series with --message\n");
  CHECK(ask({"7", "--message", "x@y"}).code == 64);
  CHECK(ask({"7", "--mbox"}).err == "klab: cannot use --mbox and --send with --format text: they belong to --format mail\n");
  CHECK(ask({"7", "--format", "mail", "--mbox", "--send"}).err == "klab: cannot use --mbox with --send: give one of them\n");
}
