// SPDX-License-Identifier: GPL-3.0-or-later
#include "util/process.hpp"

#include <sched.h>
#include <signal.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <optional>

#include "util/file.hpp"
#include "util/text.hpp"

using namespace klab;
namespace asio = boost::asio;

namespace {

ProcessResult run(ProcessSpec spec) {
  auto result = run_process_blocking(std::move(spec));
  REQUIRE(result.has_value());
  return *result;
}

// A signal is on its way when kill() returns; what counts is that nothing outlives it for long. A zombie
// that waits for its new parent is dead enough.
bool dies(pid_t pid) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (std::chrono::steady_clock::now() < limit) {
    const auto state = read_file("/proc/" + std::to_string(pid) + "/stat");
    if (!state || state->find(") Z ") != std::string::npos) return true;
    ::sched_yield();
  }
  return false;
}

}  // namespace

TEST_CASE("a program's output, errors and exit status come back apart") {
  ProcessSpec spec;
  spec.argv = {"sh", "-c", "cat; echo oops >&2; exit 3"};
  spec.standard_input = "hello\n";
  const auto result = run(spec);
  CHECK(result.out == "hello\n");
  CHECK(result.err == "oops\n");
  CHECK(result.exit_code == 3);
  CHECK_FALSE(result.ok());
  CHECK(result.describe() == "exit status 3");
}

TEST_CASE("a large input and a large output do not block each other") {
  ProcessSpec spec;
  spec.argv = {"cat"};
  spec.standard_input = std::string(3 << 20, 'x');
  const auto result = run(spec);
  CHECK(result.out.size() == 3u << 20);
  CHECK(result.ok());
}

TEST_CASE("input that nobody reads is no error") {
  ProcessSpec spec;
  spec.argv = {"true"};
  spec.standard_input = std::string(3 << 20, 'x');
  CHECK(run(spec).ok());
}

TEST_CASE("the output limit keeps the end and says so") {
  ProcessSpec spec;
  spec.argv = {"sh", "-c", "i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done"};
  spec.output_limit = 20;
  const auto result = run(spec);
  CHECK(result.out_cut);
  CHECK(result.out == "line 1998\nline 1999\n");
  CHECK(result.out.size() == 20);
}

TEST_CASE("stderr can be merged in order and copied to a file") {
  auto directory = TemporaryDirectory::create("/tmp", "klab-test-");
  REQUIRE(directory.has_value());
  ProcessSpec spec;
  spec.argv = {"sh", "-c", "echo one; echo two >&2; echo three"};
  spec.merge_stderr = true;
  spec.output_file = directory->path() / "log";
  CHECK(run(spec).out == "one\ntwo\nthree\n");
  CHECK(read_file(directory->path() / "log").value() == "one\ntwo\nthree\n");
}

TEST_CASE("an output file is not written beyond its limit, and who set it hears of it at once") {
  auto directory = TemporaryDirectory::create("/tmp", "klab-test-");
  REQUIRE(directory.has_value());
  asio::io_context reactor(1);
  std::stop_source source;
  std::optional<Result<ProcessResult>> result;
  ProcessSpec spec;
  spec.argv = {"yes"};
  spec.output_file = directory->path() / "log";
  spec.output_file_limit = 100'001;
  spec.on_output_file_full = [&source] { source.request_stop(); };
  auto job = run_process(spec, source.get_token());
  asio::co_spawn(reactor, std::move(job), [&](std::exception_ptr, Result<ProcessResult> r) { result = std::move(r); });
  reactor.run();
  REQUIRE(result.has_value());
  REQUIRE(result->has_error());
  CHECK(result->error().message == "\"yes\" was stopped");
  CHECK(read_file(spec.output_file).value().size() == 100'001);
}

TEST_CASE("a program's first line tells that it began, and is no output") {
  auto directory = TemporaryDirectory::create("/tmp", "klab-test-");
  REQUIRE(directory.has_value());
  ProcessSpec spec;
  spec.argv = {"sh", "-c", "echo launcher >&2; echo begin; echo one >&2; echo begin"};
  spec.merge_stderr = true;
  spec.output_file = directory->path() / "log";
  spec.begin_line = "begin";
  const auto began = run(spec);
  CHECK(began.begun);
  CHECK(began.out == "launcher\none\nbegin\n");
  CHECK(read_file(spec.output_file).value() == "launcher\none\nbegin\n");
  spec.argv = {"sh", "-c", "echo launcher: no"};
  const auto not_begun = run(spec);
  CHECK_FALSE(not_begun.begun);
  CHECK(not_begun.out == "launcher: no\n");
}

TEST_CASE("only the given environment and directory are inherited") {
  ::setenv("KLAB_TEST_SECRET", "hunter2", 1);
  ProcessSpec spec;
  spec.argv = {"sh", "-c", "pwd; echo ${KLAB_TEST_SECRET-none} $GIVEN"};
  spec.environment = std::vector<std::string>{"GIVEN=yes", "PATH=/usr/bin:/bin"};
  spec.working_directory = "/usr";
  CHECK(run(spec).out == "/usr\nnone yes\n");
}

TEST_CASE("a deadline kills the whole group, grandchildren too") {
  ProcessSpec spec;
  spec.argv = {"sh", "-c", "sleep 1000 & echo $!; wait"};
  spec.deadline = std::chrono::seconds(2);
  const auto result = run(spec);
  CHECK(result.timed_out);
  CHECK(result.describe() == "no end before its deadline");
  const pid_t grandchild = std::atoi(result.out.c_str());
  REQUIRE(grandchild > 0);
  CHECK(dies(grandchild));
}

TEST_CASE("a finished program leaves nothing of its group running") {
  ProcessSpec spec;
  spec.argv = {"sh", "-c", "sleep 1000 >/dev/null 2>&1 & echo $!"};
  const auto result = run(spec);
  REQUIRE(std::atoi(result.out.c_str()) > 0);
  CHECK(dies(std::atoi(result.out.c_str())));
}

TEST_CASE("a stop request ends the program and is told from a failure") {
  asio::io_context reactor(1);
  std::stop_source source;
  std::optional<Result<ProcessResult>> result;
  ProcessSpec spec;
  spec.argv = {"sleep", "1000"};
  auto job = run_process(spec, source.get_token());
  asio::co_spawn(reactor, std::move(job), [&](std::exception_ptr, Result<ProcessResult> r) { result = std::move(r); });
  reactor.poll();
  CHECK_FALSE(result.has_value());
  source.request_stop();
  reactor.run();
  REQUIRE(result.has_value());
  REQUIRE(result->has_error());
  CHECK(result->error().kind == ErrorKind::stopped);
  CHECK(result->error().message == "\"sleep\" was stopped");
}

TEST_CASE("a program that is not there is a message") {
  ProcessSpec spec;
  spec.argv = {"klab-no-such-program"};
  auto result = run_process_blocking(spec);
  REQUIRE(result.has_error());
  CHECK(result.error().message ==
        "cannot run \"klab-no-such-program\": no such program; ./lab doctor names what is missing");
}

TEST_CASE("a program killed by a signal says which") {
  ProcessSpec spec;
  spec.argv = {"sh", "-c", "kill -SEGV $$"};
  const auto result = run(spec);
  CHECK(result.signal == SIGSEGV);
  CHECK(result.describe() == "killed by signal 11 (Segmentation fault)");
}

// A wait for a descriptor may end without a cause: Asio hands an event that was meant for a closed one to
// whatever took its place. Programs that had not ended were killed for it, about once in some thousands.
TEST_CASE("many programs at once end by themselves, none is killed") {
  boost::asio::io_context io;
  int ended = 0;
  std::vector<std::string> others;
  auto one_after_the_other = [&](int which) -> boost::asio::awaitable<void> {
    for (int i = 0; i < 60; ++i) {
      ProcessSpec spec;
      spec.argv = {"sh", "-c", which % 2 ? "exit 0" : "read -r nothing; exit 0"};
      spec.standard_input = std::string(static_cast<std::size_t>(which) * 1000, 'x');
      auto result = co_await run_process(std::move(spec));
      if (result.has_value() && result->ok()) ++ended;
      else others.push_back(result.has_value() ? result->describe() : result.error().message);
    }
  };
  for (int which = 0; which < 8; ++which)
    boost::asio::co_spawn(io, one_after_the_other(which), [](std::exception_ptr thrown) {
      if (thrown) std::rethrow_exception(thrown);
    });
  io.run();
  CHECK(join(others, "; ") == "");
  CHECK(ended == 480);
}
