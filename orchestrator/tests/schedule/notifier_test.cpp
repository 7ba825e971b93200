// SPDX-License-Identifier: GPL-3.0-or-later
// Who is told what, how often, and what becomes of it when that fails.
#include "schedule/notifier.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <thread>

#include "schedule/hand_over.hpp"
#include "store/statement.hpp"
#include "tests/schedule/cheap_lab.hpp"
#include "util/hash.hpp"
#include "util/process.hpp"
#include "util/text.hpp"

using namespace klab;
using namespace klab::test;

namespace {

struct Place {
  Place() : lab(directory.path()) {
    spdlog::set_level(spdlog::level::off);
    daemon.emplace(lab, database);
    daemon->lab.now = [this] { return now; };
    database.connection().exec("UPDATE notification_begin SET time = 100");
  }
  NotifyChannel& channel(const std::string& name) {
    auto& channel = lab.config.notify.emplace_back();
    channel.name = name;
    channel.on = {std::string(tell_regression), std::string(tell_quarantine), std::string(tell_night)};
    return channel;
  }
  // A life of the daemon as long as one look.
  void look() {
    Notifier notifier(daemon->lab, database);
    daemon->reactor.restart();
    auto looking = notifier.look({});
    boost::asio::co_spawn(daemon->reactor, std::move(looking), [](std::exception_ptr thrown, Result<void> done) {
      REQUIRE_FALSE(thrown);
      REQUIRE(done.has_value());
    });
    daemon->reactor.run();
  }
  std::string text(const char* sql) {
    auto row = statement(database.connection(), sql);
    std::string out;
    while (row.executeStep()) out += (out.empty() ? "" : "\n") + row.getColumn(0).getString();
    return out;
  }
  std::string deliveries() {
    return text("SELECT event || ' ' || channel || ' ' || state || ' ' || attempts FROM delivery JOIN notification ON id = notification ORDER BY id, channel");
  }
  std::string file(const std::string& name) {
    const auto text = read_file(directory.path() / name);
    return text ? *text : std::string("none");
  }
  std::string script(const std::string& words) {
    write(directory.path() / "hook", "#!/bin/sh\ncd \"" + directory.path().string() + "\"\n" + words);
    std::filesystem::permissions(directory.path() / "hook", std::filesystem::perms(0755));
    return (directory.path() / "hook").string();
  }

  TemporaryDirectory directory = scratch();
  CheapLab lab;
  Database database = Database::open(lab.config.database()).value();
  std::optional<CheapDaemon> daemon;
  double now = 1000.0;
};

}  // namespace

TEST_CASE("notifier: a quarantine, a night and a confirmed regression are each told once, whoever looks how often") {
  Place p;
  p.channel("hook").command = {p.script("cat >>told; echo \"$KLAB_NOTIFICATION_KIND\" >>kinds\n")};
  REQUIRE(p.daemon->hosts.quarantine("host1", "no power", "klabd", 500.0));
  REQUIRE(p.daemon->hosts.quarantine("host1", "no power again", "klabd", 501.0));  // it is in quarantine already
  REQUIRE(p.daemon->hosts.quarantine("host2", "long ago", "klabd", 50.0));         // before anybody was to be told
  p.database.connection().exec(
      "INSERT INTO night (id, matrix, date, origin, person, started, finished, definition) VALUES"
      " (1, 'mainline', '2026-11-20', 'nightly', 'klabd', 200, 300, ''), (2, 'mainline', '2026-11-21', 'nightly', 'klabd', 400, NULL, '');"
      "INSERT INTO cell (id, matrix, label, tree, ref, series, kconfig, command_line, machine, workload)"
      " VALUES (1, 'mainline', 'master lab', 't', 'master', '', 'lab', '', 'vm', 'tiny');"
      "INSERT INTO night_cell (id, night, cell, position, state, kind, verdict) VALUES (1, 1, 1, 1, 'done', 'comparison', 'regressed');"
      "INSERT INTO night_cell (id, night, cell, position, state, kind) VALUES (2, 2, 1, 1, 'waiting', 'comparison');"
      "INSERT INTO investigation (id, cell, last_good, first_bad, workload, case_name, metric, source, magnitude, found, state, result,"
      " culprit, conclusion, finished) VALUES (7, 1, 1, 1, 'tiny', 'a', 'time', 'change point', 0.17, 300, 'ended', 'commit named',"
      " 'abcdef0123456789', 'mm: slower is the first commit that shows it', 400),"
      " (8, 1, 1, 1, 'tiny', 'a', 'time', 'change point', -0.2, 300, 'ended', 'commit named', 'b', 'faster', 400),"
      " (9, 1, 1, 1, 'tiny', 'a', 'time', 'change point', 0.2, 300, 'ended', 'not confirmed', '', 'no', 400);"
      "INSERT INTO investigation (id, cell, last_good, first_bad, workload, case_name, metric, source, is_ratio, magnitude, found, state,"
      " result, culprit, conclusion, finished) VALUES (10, 1, 1, 1, 'tiny', 'a', 'faults', 'change point', 0, 3.0, 300, 'ended',"
      " 'confirmed', '', 'more', 400);");
  p.look();
  p.look();
  CHECK(p.deliveries() == "quarantine:1 hook delivered 1\nnight:1 hook delivered 1\nregression:investigation:7 hook delivered 1\n"
                          "regression:investigation:10 hook delivered 1");
  CHECK(p.file("kinds") == "host quarantined\nnightly finished\nregression confirmed\nregression confirmed\n");
  CHECK(p.text("SELECT subject FROM notification ORDER BY id") ==
        "host host1 is quarantined\nmatrix mainline, night of 2026-11-20: 1 regressed\n"
        "regression confirmed in master lab: tiny a time +17.0 %, commit abcdef012345\n"
        "regression confirmed in master lab: tiny a faults +3");
  CHECK(p.file("told").find(R"x("facts":{"host":"host1","reason":"no power (by klabd)"})x") != std::string::npos);
}

TEST_CASE("notifier: labels stand in the subject, the body and the facts") {
  Place p;
  p.database.connection().exec(
      "INSERT INTO night (id, matrix, date, origin, person, started, finished, definition) VALUES"
      " (1, 'mainline', '2026-11-20', 'nightly', 'klabd', 200, 300, '');"
      "INSERT INTO cell (id, matrix, label, tree, ref, series, kconfig, command_line, machine, workload)"
      " VALUES (1, 'mainline', 'master lab', 't', 'master', '', 'lab', '', 'vm', 'tiny');"
      "INSERT INTO night_cell (id, night, cell, position, state, kind, verdict) VALUES (1, 1, 1, 1, 'done', 'comparison', 'regressed');"
      "INSERT INTO investigation (id, cell, last_good, first_bad, workload, case_name, metric, source, magnitude, found, state, result,"
      " culprit, conclusion, finished) VALUES (7, 1, 1, 1, 'tiny', 'a', 'time', 'change point', 0.17, 300, 'ended', 'confirmed', '', 'c', 400);");
  NotificationStore store(p.database);
  const auto labels = [](const std::vector<std::int64_t>&) { return std::vector<std::string>{"TCG", "overcommitted"}; };
  REQUIRE(store.collect({}, 1000.0, labels).value() == 2);
  CHECK(p.text("SELECT subject FROM notification ORDER BY id") ==
        "matrix mainline, night of 2026-11-20: 1 regressed (TCG, overcommitted)\n"
        "regression confirmed in master lab: tiny a time +17.0 % (TCG, overcommitted)");
  CHECK(p.text("SELECT count(*) FROM notification WHERE body LIKE '%(TCG, overcommitted)%' AND facts LIKE"
               " '%\"labels\":\"TCG, overcommitted\"%'") == "2");
}

TEST_CASE("notifier: a command that fails twice is tried again, each time later, by whichever klabd there is then") {
  Place p;
  auto& hook = p.channel("hook");
  hook.command = {p.script("echo x >>tries; [ $(wc -l <tries) -ge 3 ] || { echo 'no network'; exit 7; }\nprintenv KLAB_NOTIFICATION_ID >id\n")};
  hook.retry = std::chrono::seconds(30);
  REQUIRE(p.daemon->hosts.quarantine("host1", "no power", "klabd", 500.0));
  p.look();
  CHECK(p.deliveries() == "quarantine:1 hook waiting 1");
  CHECK(p.text("SELECT last_error FROM delivery") == "cannot run \"" + hook.command[0] + "\": exit status 7: no network");
  p.now += 29.0;
  p.look();  // too early
  CHECK(p.file("tries") == "x\n");
  p.now += 2.0;
  p.look();
  CHECK(p.deliveries() == "quarantine:1 hook waiting 2");
  p.now += 59.0;
  p.look();
  CHECK(p.file("tries") == "x\nx\n");
  p.now += 2.0;
  p.look();
  CHECK(p.deliveries() == "quarantine:1 hook delivered 3");
  CHECK(p.file("id").ends_with("/quarantine:1\n"));
  p.now += 10'000.0;
  p.look();
  CHECK(p.file("tries") == "x\nx\nx\n");
}

TEST_CASE("notifier: after its attempts it is given up, and a person may have it tried again") {
  Place p;
  auto& hook = p.channel("hook");
  hook.command = {p.script("[ -e works ]\n")};
  hook.attempts = 2;
  REQUIRE(p.daemon->hosts.quarantine("host1", "no power", "klabd", 500.0));
  for (int look = 0; look < 4; ++look, p.now += 5000.0) p.look();
  CHECK(p.deliveries() == "quarantine:1 hook given up 2");
  NotificationStore store(p.database);
  CHECK(store.retry(1, p.now).value());
  write(p.directory.path() / "works", "");
  p.look();
  CHECK(p.deliveries() == "quarantine:1 hook delivered 1");
  CHECK_FALSE(store.retry(1, p.now).value());
}

TEST_CASE("notifier: killed between the hand-over and its record, it tells again under the same number") {
  Place p;
  p.channel("hook").command = {p.script("printenv KLAB_NOTIFICATION_ID >>ids\n")};
  REQUIRE(p.daemon->hosts.quarantine("host1", "no power", "klabd", 500.0));
  p.look();
  // What a kill leaves: the record was never committed.
  p.database.connection().exec("UPDATE delivery SET state = 'waiting', attempts = 0, finished = NULL");
  p.look();
  const auto ids = split_lines(p.file("ids"));
  REQUIRE(ids.size() == 2);
  CHECK(ids[0] == ids[1]);
  CHECK(p.text("SELECT count(*) FROM notification") == "1");
}

TEST_CASE("notifier: each channel is told of its own kinds, and one that fails holds up no other") {
  Place p;
  auto& bad = p.channel("bad");
  bad.command = {"/nonexistent/hook"};
  auto& nights = p.channel("nights");
  nights.on = {std::string(tell_night)};
  nights.command = {"true"};
  p.channel("good").command = {"true"};
  REQUIRE(p.daemon->hosts.quarantine("host1", "no power", "klabd", 500.0));
  p.look();
  CHECK(p.deliveries() == "quarantine:1 bad waiting 1\nquarantine:1 good delivered 1");
}

TEST_CASE("notifier: a draft is written into a maildir, once, whoever has moved it since") {
  Place p;
  auto& drafts = p.channel("drafts");
  drafts.mail_draft = p.directory.path() / "mail";
  drafts.mail_to = "lab@example.org";
  REQUIRE(p.daemon->hosts.quarantine("host1", "no power", "klabd", 500.0));
  p.look();
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(drafts.mail_draft / "new")) found.push_back(entry.path());
  REQUIRE(found.size() == 1);
  const auto mail = read_file(found[0]).value();
  CHECK(mail.find("\nTo: lab@example.org\nSubject: [klab] host host1 is quarantined\n") != std::string::npos);
  CHECK(mail.ends_with("\n\nHost host1 is quarantined: no power (by klabd)\n\nklab host show host1 says more; klab host release host1 when it is"
                       " mended.\n"));
  std::filesystem::rename(found[0], drafts.mail_draft / "cur" / (found[0].filename().string() + ":2,S"));
  p.database.connection().exec("UPDATE delivery SET state = 'waiting'");
  p.look();
  CHECK(std::filesystem::is_empty(drafts.mail_draft / "new"));
}

TEST_CASE("notifier: a draft's subject keeps to the lines of a mail, and is read as it was told") {
  Notification n;
  n.event = "night:1";
  NotifyChannel channel;
  for (const std::string& subject : {"na\xC3\xAFve " + std::string(60, 'x') + " \xE6\xBC\xA2\xE5\xAD\x97" + std::string(200, 'y'), std::string("a =?utf-8?Q?b?= c"),
                                     std::string("matrix mainline")}) {
    n.subject = subject;
    const auto mail = notification_mail(channel, n, "lab");
    for (const auto& line : split_lines(mail.substr(0, mail.find("\n\n")))) CHECK(line.size() <= 76);
    ProcessSpec spec;
    spec.argv = {"python3", "-c",
                 "import email, email.policy, sys\n"
                 "m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)\n"
                 "sys.stdout.buffer.write((m['Subject'] + '\\n' + m['MIME-Version']).encode())\n"};
    spec.standard_input = mail;
    const auto ended = run_process_blocking(std::move(spec));
    REQUIRE(ended.has_value());
    CHECK(ended->out == "[klab] " + subject + "\n1.0");
  }
}

TEST_CASE("notifier: a draft's people are encoded, and no line of it is too long for a mail server") {
  Notification n;
  n.event = "night:1";
  n.subject = "night";
  n.body = "Matrix mainline\n\n  master lab: error (cannot apply: " + std::string(400, 'x') + " error: patch failed: " + std::string(2000, 'y') +
           " mm/slub.c:17 and some more words that git has said, one after another, in one line)\n";
  NotifyChannel channel;
  channel.mail_to = "Jürgen Müller <j@example.org>, \"Lab, The\" <lab@example.org>";
  const auto mail = notification_mail(channel, n, "lab");
  CHECK(mail.find("\nTo: =?utf-8?B?SsO8cmdlbiBNw7xsbGVy?= <j@example.org>, \"Lab, The\"\n <lab@example.org>\nSubject: [klab] night\n") != std::string::npos);
  for (const auto& line : split_lines(mail)) {
    CHECK(line.size() <= 998);
    if (line.find_first_of("xy") == std::string::npos) CHECK(line.size() <= 78);
  }
  CHECK(mail.ends_with("y mm/slub.c:17 and some more words that git has said, one after\n    another, in one line)\n"));
  channel.mail_to.clear();
  CHECK(notification_mail(channel, n, "lab").find("\nTo:") == std::string::npos);
}

TEST_CASE("notifier: of a webhook's address everybody may know the host alone") {
  CHECK(webhook_place("https://hooks.example.org/services/T0/s3cret?token=s3cret") == "https://hooks.example.org");
  CHECK(webhook_place("https://klab:s3cret@hooks.example.org:8443/x") == "https://hooks.example.org:8443");
  CHECK(webhook_place("http://[::1]:80/x") == "http://[::1]:80");
  CHECK(webhook_place("https:///s3cret|") == "the webhook");
}

TEST_CASE("notifier: a webhook gets the JSON by POST, signed, with its number; a refusal is tried again") {
  Place p;
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor acceptor(io, {boost::asio::ip::make_address("127.0.0.1"), 0});
  std::vector<std::string> requests;
  std::thread server([&] {
    for (const char* status : {"503 Not Now", "302 Found\r\nLocation: http://elsewhere.example.org/t0ken", "200 OK"}) {
      boost::asio::ip::tcp::socket socket(io);
      acceptor.accept(socket);
      std::string request;
      boost::system::error_code error;
      char buffer[4096];
      while (request.find("\r\n\r\n") == request.npos || !request.ends_with("}")) {
        const auto n = socket.read_some(boost::asio::buffer(buffer), error);
        if (error) break;
        request.append(buffer, n);
      }
      requests.push_back(request);
      boost::asio::write(socket, boost::asio::buffer(fmt::format("HTTP/1.1 {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status)), error);
    }
  });
  auto& hook = p.channel("hook");
  const auto place = fmt::format("http://127.0.0.1:{}", acceptor.local_endpoint().port());
  hook.webhook = place + "/klab";
  hook.secret_file = p.directory.path() / "secret";
  hook.header_file = p.directory.path() / "headers";
  write(hook.secret_file, "s3cret\n");
  std::string headers = "Authorization: Bearer \"t\"\n";  // longer than one read of a pipe gives
  for (int i = 0; i < 200; ++i) headers += fmt::format("X-Filler-{}: {}\n", i, std::string(100, 'f'));
  write(hook.header_file, headers);
  // Longer than a line of curl's configuration may be.
  const std::string reason = "no \"power\" " + std::string(150'000, 'x');
  REQUIRE(p.daemon->hosts.quarantine("host1", reason, "klabd", 500.0));
  p.look();
  CHECK(p.deliveries() == "quarantine:1 hook waiting 1");
  CHECK(p.text("SELECT last_error FROM delivery") ==
        fmt::format("cannot post to \"{}\": it answers 503", place));
  p.now += 100.0;
  p.look();
  CHECK(p.deliveries() == "quarantine:1 hook waiting 2");
  CHECK(p.text("SELECT last_error FROM delivery") ==
        fmt::format("cannot post to \"{}\": it answers 302 and leads to \"http://elsewhere.example.org\": name the address that "
                    "takes it", place));
  p.now += 1000.0;
  p.look();
  server.join();
  CHECK(p.deliveries() == "quarantine:1 hook delivered 3");
  REQUIRE(requests.size() == 3);
  CHECK(requests[0] == requests[1]);
  const auto body = requests[1].substr(requests[1].find("\r\n\r\n") + 4);
  CHECK(requests[1].starts_with("POST /klab HTTP/1.1\r\n"));
  CHECK(requests[1].find("\r\nX-Klab-Signature: sha256=" + hmac_sha256("s3cret", body) + "\r\n") != std::string::npos);
  CHECK(requests[1].find("\r\nAuthorization: Bearer \"t\"\r\n") != std::string::npos);
  CHECK(requests[1].find("/quarantine:1\r\n") != std::string::npos);
  CHECK(body.find(R"x("reason":"no \"power\" xxx)x") != std::string::npos);
  CHECK(body.size() > 150'000);
}

TEST_CASE("notifier: a channel that is configured no longer is given up with words") {
  Place p;
  p.channel("hook").command = {"false"};
  REQUIRE(p.daemon->hosts.quarantine("host1", "no power", "klabd", 500.0));
  p.look();
  p.lab.config.notify.clear();
  p.now += 100.0;
  p.look();
  CHECK(p.text("SELECT state || ': ' || last_error FROM delivery") ==
        "given up: there is no [[notify]] of the name \"hook\" any longer; configure it again");
}
