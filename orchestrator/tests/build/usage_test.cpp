// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/usage.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "build/sandbox.hpp"
#include "tests/build/support.hpp"
#include "util/fd.hpp"

using namespace klab;
using namespace klab::test;

namespace {

// A sandbox that has printed a line, so that all it starts before is there. Ends with this.
struct Running {
  explicit Running(const std::string& script) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    Sandbox sandbox;
    sandbox.directory = "/";
    std::vector<std::string> argv = sandbox_command(sandbox, {"sh", "-c", script});
    std::vector<char*> raw;
    for (std::string& word : argv) raw.push_back(word.data());
    raw.push_back(nullptr);
    pid = ::fork();
    if (pid == 0) {
      ::dup2(ends[1], 1);
      ::execvp(raw[0], raw.data());
      ::_exit(127);
    }
    ::close(ends[1]);
    const UniqueFd out(ends[0]);
    char line = 0;
    REQUIRE(::read(out.get(), &line, 1) == 1);
  }
  ~Running() {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
  int first() const {
    const auto children = children_of(pid);
    REQUIRE(children.size() == 1);
    return children.front();
  }
  int pid = 0;
};

}  // namespace

TEST_CASE("usage: the tasks of a namespace, and of nothing else") {
  const Running sandbox("sleep 100 & sleep 100 & python3 -c 'import threading, time\nfor i in range(5): "
                        "threading.Thread(target=time.sleep, args=(100,)).start()\nprint(1, flush=True)'; wait");
  // sh, two of sleep, python and its five threads.
  CHECK(namespace_tasks(sandbox.first(), 100) == 9);
  CHECK(namespace_tasks(sandbox.first(), 9) == 9);
  CHECK(namespace_tasks(sandbox.first(), 4) == 5);
  CHECK(namespace_usage(sandbox.first(), 100).tasks == 9);
}

TEST_CASE("usage: a first process whose first thread has ended is looked into all the same") {
  const Running sandbox("exec python3 -c 'import ctypes, threading, time\n"
                        "def rest():\n while open(\"/proc/1/stat\").read().split(\") \")[1][0] != \"Z\": time.sleep(0.01)\n print(1, flush=True)\n time.sleep(100)\n"
                        "for i in range(5): threading.Thread(target=rest, daemon=True).start()\n"
                        "ctypes.CDLL(None).syscall(60, 0)'");
  // The five that sleep and what is left of the first.
  CHECK(namespace_tasks(sandbox.first(), 100) >= 5);
}

TEST_CASE("usage: memory counts what is a process's own") {
  const Running sandbox("perl -e '$x = \"a\" x 40_000_000; $| = 1; print 1; sleep 100'");
  const std::uint64_t memory = namespace_usage(sandbox.first(), 100).memory;
  CHECK(memory > 40'000'000);
  CHECK(memory < 120'000'000);
}

TEST_CASE("usage: a process without a namespace of its own is not taken for the host") {
  CHECK(namespace_tasks(::getpid(), 100) == 0);
  CHECK(namespace_usage(::getpid(), 100).memory == 0);
  CHECK(namespace_tasks(0, 100) == 0);
}
