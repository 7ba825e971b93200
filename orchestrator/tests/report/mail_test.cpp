// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/mail.hpp"
#include "report/mail_draft.hpp"
#include "report/mail_headers.hpp"
#include "support/error_words.hpp"
#include "tests/report/mail_fixture.hpp"
#include "util/process.hpp"

namespace klab {
namespace {

using namespace klab::test;

std::string run(std::vector<std::string> argv, const std::string& input) {
  ProcessSpec spec;
  spec.argv = std::move(argv);
  spec.standard_input = input;
  spec.merge_stderr = true;
  auto ended = run_process_blocking(std::move(spec));
  REQUIRE(ended.has_value());
  return ended->out;
}

// What python's mail library makes of a mail: headers decoded, one a line, then the first line of the body.
std::string as_python_reads(const std::string& mail) {
  return run({"python3", "-c",
              "import email, email.policy, sys\n"
              "m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)\n"
              "sys.stdout.reconfigure(encoding='utf-8')\n"
              "for name, value in m.items(): print(name + ': ' + str(value))\n"
              "print(m.get_content().split('\\n')[0])\n"
              "print(len(m.defects))\n"},
             mail);
}

const MailSender sender{"Grace Hopper <grace@example.org>", "Sat, 21 Nov 2026 20:45:08 +0000", "klab.1@example.org"};

}  // namespace

TEST_CASE("mail: the reply to a series, whole") {
  const Mailed mailed;
  const auto text = render_mail(make_mail(mailed.source()));
  CHECK(text == golden("workqueue.mail", text));
  CHECK(widest_line(text) <= 72);
}

TEST_CASE("mail: no line is longer than 72 columns, whatever the names in it") {
  Mailed mailed;
  for (const auto& report : {odd_report(), two_machines_report(), hostile_report()}) {
    mailed.report = report;
    CHECK(widest_line(render_mail(make_mail(mailed.source()))) <= 72);
  }
  auto& series = mailed.plan.series[0];
  series.title = series.author = hostile();
  series.cover_message_id = std::string(100, 'x') + "@example.org";
  mailed.plan.arms[0].command_line = mailed.plan.arms[1].command_line = std::string(200, 'c') + " d'e";
  const auto mail = make_mail(mailed.source());
  CHECK(widest_line(mail.body) <= 72);
  CHECK(mail.in_reply_to == series.cover_message_id);
}

TEST_CASE("mail: what the series says decides subject and thread") {
  Mailed mailed;
  auto& series = mailed.plan.series[0];
  CHECK(make_mail(mailed.source()).subject == "Re: [PATCH v2 0/4] workqueue: defer the worker wakeup outside pool->lock");
  series.rfc = series.resend = true;
  CHECK(make_mail(mailed.source()).subject == "Re: [RFC PATCH RESEND v2 0/4] workqueue: defer the worker wakeup outside pool->lock");
  series = mailed_series();
  series.cover.clear();
  series.cover_message_id.clear();
  CHECK(make_mail(mailed.source()).subject == "Re: [PATCH v2 1/4] workqueue: part 1");
  CHECK(make_mail(mailed.source()).in_reply_to == "20260603-defer-1@example.org");
  series.patches.resize(1);
  series.version = 1;
  CHECK(make_mail(mailed.source()).subject == "Re: [PATCH] workqueue: part 1");
  series.patches[0].message_id = "a@b>\nBcc: evil@example.org";
  CHECK(make_mail(mailed.source()).in_reply_to.empty());
  mailed.plan.arms[1].series.reset();
  mailed.plan.title = "A/A: the base against itself";
  CHECK(make_mail(mailed.source()).subject == "klab: A/A: the base against itself");
  CHECK(make_mail(mailed.source()).to.empty());
}

TEST_CASE("mail: it goes to who has sent the series, with a copy to all who had it") {
  Mailed mailed;
  auto& series = mailed.plan.series[0];
  series.author = "Jane Doe <jane@example.org>";
  series.answered = {"[PATCH net-next v2 0/4] workqueue: defer",
                     "Max \"M\" Maintainer <max@example.org>",
                     {"linux-kernel@vger.kernel.org", "MAX@example.org", "Müller, Jürgen <j@example.org>", "Gone <gone@address.invalid>",
                      "Hidden <hidden@xxxxxxxx>", "nobody"},
                     3};
  const auto mail = make_mail(mailed.source());
  CHECK(mail.left_out == 3);
  const auto text = render_mail(mail);
  CHECK(text.substr(0, text.find("\n\n")) ==
        "To: \"Max \\\"M\\\" Maintainer\" <max@example.org>\n"
        "Cc: linux-kernel@vger.kernel.org, \"Müller, Jürgen\" <j@example.org>\n"
        "Subject: Re: [PATCH net-next v2 0/4] workqueue: defer\n"
        "In-Reply-To: <20260603-defer@example.org>\n"
        "References: <20260603-defer@example.org>");
  const auto read = as_python_reads(render_draft(mail, sender));
  CHECK(read.find("\nTo: \"Max \\\"M\\\" Maintainer\" <max@example.org>\n"
                  "Cc: linux-kernel@vger.kernel.org, \"Müller, Jürgen\" <j@example.org>\n"
                  "Subject: Re: [PATCH net-next v2 0/4] workqueue: defer\n") != std::string::npos);
  // What was stored before the mail was kept is answered as it was.
  series.answered = {};
  CHECK(make_mail(mailed.source()).to == "Jane Doe <jane@example.org>");
  CHECK(make_mail(mailed.source()).cc.empty());
  for (const char* nobody : {"unknown <unknown@address.invalid>", "Jane Doe <jane@xxxxxxxxxx>", "Jane Doe"}) {
    series.author = nobody;
    CHECK(make_mail(mailed.source()).to.empty());
  }
}

TEST_CASE("mail: the subject is the thread's, with one Re: before it") {
  Mailed mailed;
  auto& line = mailed.plan.series[0].answered.subject;
  for (const auto& [stood, wanted] : std::vector<std::pair<std::string, std::string>>{
           {"[PATCH RFC 0/3] x: y", "Re: [PATCH RFC 0/3] x: y"},
           {"[RFC PATCH bpf-next v7 00/12] x", "Re: [RFC PATCH bpf-next v7 00/12] x"},
           {"Re: RE:  [PATCH] x", "Re: [PATCH] x"},
           {"About wakeups", "Re: About wakeups"},
           {"[PATCH] x\nBcc: evil@example.org", "Re: [PATCH] x Bcc: evil@example.org"},
           {std::string(2000, 'x'), "Re: " + std::string(499, 'x') + "~"}}) {
    line = stood;
    CHECK(make_mail(mailed.source()).subject == wanted);
  }
}

TEST_CASE("mail draft: hundreds of hostile people make no line that a mail server refuses, and no header") {
  Mailed mailed;
  auto& answered = mailed.plan.series[0].answered;
  answered.sender = "Evil\r\nBcc: evil@example.org\r\n\r\n" + std::string(3000, 'x') + " <a@example.org>";
  answered.subject = "[PATCH] " + std::string(3000, 'y');
  for (int i = 0; i < 200; ++i) {
    answered.recipients.push_back(fmt::format("{}, \"{}\" <person{}@example.org>", hostile(), i, i));
    answered.recipients.push_back(std::string(i + 100, 'z') + "@example.org, c@d");
  }
  const auto draft = render_draft(make_mail(mailed.source()), sender);
  for (const auto& line : split_lines(draft)) CHECK(line.size() <= 998);
  const auto head = draft.substr(0, draft.find("\n\n"));
  std::string names;
  for (const auto& line : split_lines(head))
    if (!line.starts_with(' ')) names += line.substr(0, line.find(':')) + " ";
  CHECK(names == "From To Cc Subject Date Message-ID In-Reply-To References MIME-Version Content-Type Content-Transfer-Encoding ");
  CHECK(head.find("person199@example.org") != std::string::npos);
  const auto read = as_python_reads(draft);
  CHECK(read.find("\nBcc:") == std::string::npos);
  CHECK(read.ends_with("\n0\n"));
}

TEST_CASE("mail: what speaks against the numbers is said") {
  Mailed mailed;
  const auto cover = [&] { return run({"tr", "\n", " "}, mail_cover(mailed.source())); };
  CHECK(cover().find("not under KVM") != std::string::npos);
  CHECK(cover().find("(overcommitted)") != std::string::npos);
  CHECK(cover().find("less than about 9.3% to 20.7%, by row, could not have been seen") != std::string::npos);
  mailed.report.provenance.labels = {"bare metal"};
  CHECK(cover().find("KVM") == std::string::npos);
  auto& comparison = mailed.report.comparisons[0];
  comparison.patched_failed = 2;
  CHECK(cover().find("Not all boots gave results: failed boots 0/5 vs 2/7") != std::string::npos);
  for (auto& row : comparison.rows) row.verdict = Verdict::insufficient_data;
  comparison.reference_boots = comparison.patched_boots = 2;
  CHECK(cover().find("2 + 2 boots are too few for any p <= 0.05: this says nothing either way.") != std::string::npos);
  for (auto& row : comparison.rows) row.verdict = Verdict::order_confounded;
  CHECK(cover().find("drift and patch cannot be told apart: this says nothing.") != std::string::npos);
}

TEST_CASE("mail: an experiment that did not come to its end says how far it came") {
  Mailed mailed;
  mailed.report.comparisons[0] = {};
  auto source = mailed.source();
  source.outcome = Outcome::build_failed;
  source.message = "kernel/workqueue.c:12: error: expected ';'";
  source.tail = "  CC\tkernel/workqueue.o\nmake: *** [Makefile:1]";
  const auto mail = make_mail(source);
  CHECK(mail.body.find("It ended with build-failed: kernel/workqueue.c:12: error: expected ';'\n\n      CC kernel/workqueue.o\n    make: ***") !=
        std::string::npos);
  source.outcome.reset();
  source.boots_done = 3;
  CHECK(make_mail(source).body.find("The experiment still runs: 3 of 10 boots are done, and what follows may\nchange.") != std::string::npos);
}

TEST_CASE("mail: it claims nothing in the sender's name") {
  const Mailed mailed;
  CHECK(make_mail(mailed.source()).body.find("-by:") == std::string::npos);
}

TEST_CASE("mail draft: a mail library reads it, git finds no patch in it") {
  const Mailed mailed;
  const auto draft = render_draft(make_mail(mailed.source()), sender);
  CHECK(as_python_reads(draft) ==
        "From: Grace Hopper <grace@example.org>\n"
        "To: Ada Lovelace <ada@example.org>\n"
        "Subject: Re: [PATCH v2 0/4] workqueue: defer the worker wakeup outside pool->lock\n"
        "Date: Sat, 21 Nov 2026 20:45:08 +0000\n"
        "Message-ID: <klab.1@example.org>\n"
        "In-Reply-To: <20260603-defer@example.org>\n"
        "References: <20260603-defer@example.org>\n"
        "MIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=\"us-ascii\"\n"
        "Content-Transfer-Encoding: 7bit\n"
        "This compares this series (v2, 4 patches) against its base. Workload\n"
        "0\n");
  auto directory = TemporaryDirectory::create(std::filesystem::temp_directory_path(), "klab-mail-");
  REQUIRE(directory.has_value());
  const auto patch = directory->path() / "patch";
  run({"git", "mailinfo", (directory->path() / "message").string(), patch.string()}, draft);
  CHECK(read_file(patch).value().find("diff --git") == std::string::npos);
}

TEST_CASE("mail draft: names beyond ASCII survive, and nothing of a series becomes a header") {
  Mailed mailed;
  auto& series = mailed.plan.series[0];
  series.author = "Jörg \"J\" Müller-Lüdenscheidt, Esq. <joerg@example.org>";
  series.title = "größere Übertragung 漢字 for the very long subject of a series that has to be folded more than once, =?x?";
  auto read = as_python_reads(render_draft(make_mail(mailed.source()), {"\"Hopper, Grace\" <grace@example.org>", sender.date, "bad id"}));
  INFO(read);
  CHECK(read.find("From: \"Hopper, Grace\" <grace@example.org>\n") == 0);
  CHECK(read.find("Müller-Lüdenscheidt, Esq.") != std::string::npos);
  CHECK(read.find("Subject: Re: [PATCH v2 0/4] " + series.title + "\n") != std::string::npos);
  CHECK(read.find("Message-ID") == std::string::npos);

  series.title = "x\nBcc: evil@example.org\r\n\r\nbody";
  series.author = "Evil <a@b>, evil@example.org\nBcc: other@example.org";
  read = as_python_reads(render_draft(make_mail(mailed.source()), sender));
  CHECK(read.find("\nBcc:") == std::string::npos);
  CHECK(read.find("To: \"Evil\" <a@b>") == std::string::npos);
  series.author = "Evil <a@b,c@d>";
  CHECK(as_python_reads(render_draft(make_mail(mailed.source()), sender)).find("\nTo:") == std::string::npos);
}

TEST_CASE("mail draft: an mbox with one mail, whatever its lines begin with") {
  CHECK(as_mbox("Subject: x\n\nFrom here on\n>From there\nend\n") ==
        "From klab Thu Jan  1 00:00:00 1970\nSubject: x\n\n>From here on\n>>From there\nend\n\n");
}

TEST_CASE("mail headers: folded lines unfold to what was given") {
  CHECK(report::plain_header("Subject", std::string(30, 'a') + " " + std::string(40, 'b') + "  c", 72) ==
        "Subject: " + std::string(30, 'a') + "\n " + std::string(40, 'b') + "  c\n");
  // A word that is broken is another word.
  CHECK(report::plain_header("Subject", "a " + std::string(100, 'b') + " c", 72) == "Subject: a\n " + std::string(100, 'b') + "\n c\n");
}

}  // namespace klab
