// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>
#include <cstdlib>

#include "cli/client.hpp"
#include "cli/program.hpp"
#include "cli/remote.hpp"
#include "cli/responder.hpp"
#include "support/error_words.hpp"
#include "util/text.hpp"

using namespace klab;
using namespace klab::cli;
using klab::cli::test::Answer;
using klab::cli::test::Responder;
using klab::cli::test::run_klab;

namespace {

// An ssh of the test's own, first in PATH for as long as this lives. It notes how it was called, one word a line.
class FakeSsh {
 public:
  explicit FakeSsh(const std::string& script)
      : directory_(TemporaryDirectory::create(std::filesystem::temp_directory_path(), "klab-ssh-").value()), path_(std::getenv("PATH")) {
    REQUIRE(write_file_atomic(program(), "#!/bin/sh\nfor word; do echo \"$word\" >>" + calls().string() + "; done\n" + script));
    std::filesystem::permissions(program(), std::filesystem::perms::owner_all);
    ::setenv("PATH", (directory_.path().string() + ":" + path_).c_str(), 1);
  }
  ~FakeSsh() { ::setenv("PATH", path_.c_str(), 1); }
  std::filesystem::path calls() const { return directory_.path() / "calls"; }

 private:
  std::filesystem::path program() const { return directory_.path() / "ssh"; }
  TemporaryDirectory directory_;
  std::string path_;
};

// What sshd and `klab dial` would do, without either.
std::string relay(const std::filesystem::path& socket, const std::string& before = "") {
  return before + "exec python3 -c '\nimport os, select, socket, sys\ns = socket.socket(socket.AF_UNIX)\ns.connect(\"" + socket.string() +
         "\")\nos.write(1, b\"klab-dial 1 9.9 ok\\n\")\nwhile True:\n  for f in select.select([0, s], [], [])[0]:\n"
         "    d = os.read(0, 65536) if f == 0 else s.recv(65536)\n    if not d: sys.exit(0)\n"
         "    s.sendall(d) if f == 0 else os.write(1, d)\n'\n";
}

std::string words_of(const Result<RemoteHost>& remote) {
  if (!remote) return remote.error().message;
  return fmt::format("{}|{}|{}|{}", remote->user, remote->host, remote->port, remote->socket);
}

}  // namespace

TEST_CASE("remote: what a host may look like") {
  CHECK(words_of(parse_remote("ssh://lab")) == "|lab|0|");
  CHECK(words_of(parse_remote("ssh://ada@lab.example.org:2222/run/klab/klabd.sock")) == "ada|lab.example.org|2222|/run/klab/klabd.sock");
  CHECK(words_of(parse_remote("ssh://ada@[fe80::1%eth0]:22/")) == "ada|fe80::1%eth0|22|");
  CHECK(parse_remote("ssh://ada@[::1]:22/s")->url() == "ssh://ada@[::1]:22/s");
  CHECK(parse_remote("ssh://ada@lab:22/s")->login() == "ssh -p 22 ada@lab");
  const std::string form = "; give ssh://[user@]host[:port][/path/of/klabd.sock]";
  CHECK(words_of(parse_remote("lab")) == "cannot use the host \"lab\": it does not begin with ssh://" + form);
  CHECK(words_of(parse_remote("ssh://")) == "cannot use the host \"ssh://\": it names no host" + form);
  CHECK(words_of(parse_remote("ssh://ada:secret@lab")) ==
        "cannot use the host \"ssh://ada:secret@lab\": a password has no place in it, ssh asks for one" + form);
  for (const char* hostile : {"ssh://-oProxyCommand=x", "ssh://-oProxyCommand=x@lab", "ssh://ada@-lab", "ssh://lab;reboot", "ssh://la b",
                              "ssh://$(x)", "ssh://lab:0", "ssh://lab:65536", "ssh://lab:-1", "ssh://lab:22x", "ssh://[-x]", "ssh://[::1",
                              "ssh://[::1]x", "ssh://lab/a\nb", "ssh://l\xc3\xa4"})
    CHECK_FALSE(parse_remote(hostile).has_value());
}

TEST_CASE("remote: the command line that ssh gets") {
  const std::vector<std::string> options{"ssh", "-T", "-a", "-x", "-o", "ClearAllForwardings=yes", "-o", "PermitLocalCommand=no", "-o",
                                         "RemoteCommand=none", "-o", "ConnectTimeout=20", "-o", "ServerAliveInterval=20", "-o",
                                         "ServerAliveCountMax=3"};
  auto expected = options;
  expected.insert(expected.end(), {"--", "lab", "klab dial"});
  CHECK(ssh_command(*parse_remote("ssh://lab")) == expected);
  // A shell's completion asks for no password, and does not wait.
  RemoteHost silent{"", "lab", 0, "", false};
  const auto words = ssh_command(silent);
  CHECK(std::count(words.begin(), words.end(), "BatchMode=yes") == 1);
  CHECK(std::count(words.begin(), words.end(), "ConnectTimeout=2") == 1);
  expected = options;
  expected.insert(expected.end(), {"-p", "2222", "-l", "ada", "--", "lab", "klab dial --socket '/a b/'\\''$(x)'"});
  CHECK(ssh_command(*parse_remote("ssh://ada@lab:2222/a b/'$(x)")) == expected);
}

TEST_CASE("remote: which klabd a command line means") {
  CHECK_FALSE(choose_remote("", "", "")->has_value());
  CHECK((*choose_remote("", "", "ssh://lab"))->host == "lab");
  CHECK((*choose_remote("ssh://other", "", "ssh://lab"))->host == "other");
  CHECK_FALSE(choose_remote("", "/s", "ssh://lab")->has_value());
  CHECK(choose_remote("ssh://lab", "/s", "").error().message ==
        "cannot use --host with --socket: the path of a socket there is a part of the host, ssh://lab/run/klab/klabd.sock");
}

TEST_CASE("remote: a greeting says how it went") {
  CHECK(dial_greeting(std::nullopt).starts_with("klab-dial 1 "));
  CHECK(dial_greeting(std::nullopt).ends_with(" ok\n"));
  CHECK(read_greeting(dial_greeting(std::nullopt))->error.empty());
  CHECK(read_greeting(dial_greeting(lab_error("no\nsocket")))->error == "no socket");
  CHECK_FALSE(read_greeting("Welcome to lab").has_value());
  CHECK_FALSE(read_greeting("klab-dial 1 ").has_value());
}

TEST_CASE("remote: one ssh carries all questions of a command") {
  Responder daemon({{"GET /api/experiments/7", {{200, R"({"id":7})", ""}}}});
  FakeSsh ssh(relay(daemon.socket(), "echo 'Welcome to lab, and mind the step'\n"));
  Client client(*parse_remote("ssh://ada@lab"));
  REQUIRE(client.get("/api/experiments/7").has_value());
  CHECK(client.get("/api/experiments/8").error().message == "cannot find that");
  CHECK(daemon.asked() == std::vector<std::string>{"GET /api/experiments/7", "GET /api/experiments/8"});
  const auto calls = split_lines(read_file(ssh.calls()).value());
  CHECK(std::count(calls.begin(), calls.end(), "klab dial") == 2);  // the test's daemon closes after each answer
}

TEST_CASE("remote: whatever ends ssh is explained, with its words") {
  struct Case {
    std::string script, message, tail;
  };
  const std::string head = "cannot reach klabd at \"ssh://ada@lab\": ";
  const std::vector<Case> cases{
      {"echo 'Host key verification failed.' >&2; exit 255", "its host key is not known here; compare the key that this shows: ssh ada@lab",
       "Host key verification failed."},
      {"echo '@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @' >&2; echo 'Host key verification failed.' >&2; exit 255",
       "its host key has changed; ask who keeps the host, then: ssh-keygen -R lab", "REMOTE HOST IDENTIFICATION"},
      {"echo 'ada@lab: Permission denied (publickey).' >&2; exit 255", "ssh lets this user not in; see why: ssh ada@lab", "publickey"},
      {"echo 'ssh: Could not resolve hostname lab' >&2; exit 255", "there is no host of this name; see why: ssh ada@lab", "resolve"},
      {"echo 'ssh: connect to host lab port 22: Connection refused' >&2; exit 255", "no ssh server answers there; see why: ssh ada@lab", "refused"},
      {"echo 'kex_exchange_identification' >&2; exit 255", "ssh failed; see why: ssh ada@lab", "kex"},
      {"echo 'sh: 1: klab: not found' >&2; exit 127",
       "there is no klab in the PATH there; install klab's package there: apt-get install ./klab.deb", "klab: not found"},
      {"echo 'klab: cannot read' >&2; exit 64", "klab there ended with exit status 64; ssh ada@lab klab status tells more", "cannot read"},
      {"kill -9 $$", "ssh was killed by signal 9; try again", ""},
  };
  for (const auto& entry : cases) {
    FakeSsh ssh(entry.script + "\n");
    const auto ran = run_klab({"--host", "ssh://ada@lab", "status"});
    CHECK(ran.code == 3);
    CHECK(split_lines(ran.err).front() == "klab: " + head + entry.message);
    CHECK(ran.err.find(entry.tail) != std::string::npos);
  }
}

TEST_CASE("remote: no klabd there, and no ssh here") {
  {
    FakeSsh ssh("echo 'klab-dial 1 0.0.9 error cannot reach klabd at \"/run/klab/klabd.sock\": No such file or directory'\n");
    const auto ran = run_klab({"--host", "ssh://lab", "status"});
    CHECK(ran.code == 3);
    CHECK(ran.err ==
          "klab: cannot use klabd at \"ssh://lab\": klab 0.0.9 there says: cannot reach klabd at \"/run/klab/klabd.sock\": No such file or "
          "directory\n");
  }
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", "/nonexistent", 1);
  const auto ran = run_klab({"--host", "ssh://lab", "status"});
  ::setenv("PATH", path.c_str(), 1);
  CHECK(ran.code == 3);
  CHECK(ran.err == "klab: cannot reach klabd at \"ssh://lab\": there is no ssh here; apt-get install openssh-client\n");
}

TEST_CASE("remote: a host that cannot be one is a mistake of the command line") {
  const auto ran = run_klab({"--host", "ssh://-oProxyCommand=reboot", "status"});
  CHECK(ran.code == 64);
  CHECK(ran.err ==
        "klab: cannot use the host \"ssh://-oProxyCommand=reboot\": it names no host; give ssh://[user@]host[:port][/path/of/klabd.sock]\n");
}
