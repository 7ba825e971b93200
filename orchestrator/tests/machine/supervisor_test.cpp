// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/supervisor.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <functional>
#include <string>

#include "util/fd.hpp"

using namespace klab;

namespace {

// A supervised program in a process of its own. What it and its children write comes through `words`;
// that end is closed only when none of them is left.
struct Supervised {
  pid_t supervisor = 0;
  UniqueFd words;

  std::string read_word() {
    std::string word;
    for (char c; ::read(words.get(), &c, 1) == 1 && c != ' ';) word += c;
    return word;
  }
  int wait() {
    int status = 0;
    REQUIRE(::waitpid(supervisor, &status, 0) == supervisor);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
};

Supervised launch(const std::function<int(int)>& worker) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  Supervised launched;
  launched.words.reset(ends[0]);
  launched.supervisor = ::fork();
  if (launched.supervisor == 0) {
    ::close(ends[0]);
    ::signal(SIGTERM, SIG_DFL);
    run_supervised();
    ::_exit(worker(ends[1]));
  }
  ::close(ends[1]);
  return launched;
}

void say(int fd, const std::string& word) {
  if (::write(fd, (word + " ").data(), word.size() + 1) < 0) ::_exit(99);
}

// As libvirt does it with QEMU: a grandchild in a session of its own.
void leave_behind_daemon(int fd) {
  if (::fork() == 0) {
    ::setsid();
    if (::fork() == 0) {
      say(fd, "daemon");
      for (;;) ::pause();
    }
    ::_exit(0);
  }
}

}  // namespace

TEST_CASE("the supervisor ends with its worker's status", "[machine]") {
  CHECK(launch([](int) { return 7; }).wait() == 7);
}

TEST_CASE("a killed worker leaves no process behind", "[machine]") {
  Supervised program = launch([](int fd) {
    leave_behind_daemon(fd);
    say(fd, std::to_string(::getpid()));
    for (;;) ::pause();
    return 0;
  });
  pid_t worker = 0;
  for (int i = 0; i < 2; ++i) {
    const std::string word = program.read_word();
    if (word != "daemon") worker = std::stoi(word);
  }
  REQUIRE(worker > 0);
  ::kill(worker, SIGKILL);
  CHECK(program.wait() == 128 + SIGKILL);
  CHECK(program.read_word() == "");  // the daemon held the other end
}

TEST_CASE("SIGTERM reaches the worker, which ends by itself", "[machine]") {
  Supervised program = launch([](int fd) {
    sigset_t wanted;
    ::sigemptyset(&wanted);
    ::sigaddset(&wanted, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &wanted, nullptr);
    say(fd, "ready");
    int signal = 0;
    ::sigwait(&wanted, &signal);
    return 40 + signal;
  });
  REQUIRE(program.read_word() == "ready");
  ::kill(program.supervisor, SIGTERM);
  CHECK(program.wait() == 40 + SIGTERM);
}

TEST_CASE("the worker dies with its supervisor", "[machine]") {
  Supervised program = launch([](int fd) {
    say(fd, "ready");
    for (;;) ::pause();
    return 0;
  });
  REQUIRE(program.read_word() == "ready");
  ::kill(program.supervisor, SIGKILL);
  CHECK(program.wait() == -SIGKILL);
  CHECK(program.read_word() == "");
}
