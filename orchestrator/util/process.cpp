// SPDX-License-Identifier: GPL-3.0-or-later
#include "util/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/process/v2/environment.hpp>
#include <boost/process/v2/process.hpp>
#include <boost/process/v2/start_dir.hpp>
#include <boost/process/v2/stdio.hpp>
#include <cstring>
#include <memory>

#include "util/fd.hpp"

namespace klab {
namespace asio = boost::asio;
namespace process = boost::process::v2;
using namespace asio::experimental::awaitable_operators;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

namespace {

// Its own process group, so that one signal reaches every descendant that did not leave it, and a
// death signal, so that nothing outlives a killed daemon.
struct OwnGroup {
  template <class Launcher>
  process::error_code on_exec_setup(Launcher&, const process::filesystem::path&, const char* const*) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    return {};
  }
};

struct Pipe {
  UniqueFd read_end, write_end;
};

Result<Pipe> make_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return lab_error("cannot create a pipe: {}", std::strerror(errno));
  return Pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

void keep_tail(std::string& text, std::size_t limit, bool& cut) {
  if (text.size() <= limit) return;
  cut = true;
  text.erase(0, text.size() - limit);
}

void append(int file, std::string_view bytes) {
  while (file >= 0 && !bytes.empty()) {
    const ssize_t n = ::write(file, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // the log on disk is a convenience; the result carries the tail
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

asio::awaitable<void> drain(asio::posix::stream_descriptor& from, std::string& to, std::size_t limit, bool& cut,
                            int file) {
  std::string buffer(1 << 16, '\0');
  for (;;) {
    auto [error, n] = co_await from.async_read_some(asio::buffer(buffer), as_result);
    if (error) co_return;
    append(file, {buffer.data(), n});
    to.append(buffer.data(), n);
    if (to.size() > 2 * limit) keep_tail(to, limit, cut);
  }
}

asio::awaitable<void> feed(asio::posix::stream_descriptor& to, const std::string& bytes) {
  if (!bytes.empty()) co_await asio::async_write(to, asio::buffer(bytes), as_result);
  boost::system::error_code ignored;
  to.close(ignored);
}

// What a stop callback may touch after the coroutine has gone.
struct Group {
  pid_t pid = 0;
  bool stopped = false;
  void kill_all() const {
    if (pid > 0) ::kill(-pid, SIGKILL);
  }
};

// Lookup here, not by execvp in the child: a missing program is then a message, not a failed child.
std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return ::access(name.c_str(), X_OK) == 0 ? name : std::string();
  return process::environment::find_executable(name).string();
}

}  // namespace

std::string ProcessResult::describe() const {
  if (timed_out) return "no end before its deadline";
  if (signal != 0) return fmt::format("killed by signal {} ({})", signal, ::strsignal(signal));
  return fmt::format("exit status {}", exit_code);
}

asio::awaitable<Result<ProcessResult>> run_process(ProcessSpec spec, std::stop_token stop) {
  const std::string program = find_program(spec.argv.at(0));
  if (program.empty())
    co_return lab_error("cannot run \"{}\": no such program; ./lab doctor names what is missing", spec.argv[0]);
  if (stop.stop_requested()) co_return make_error(ErrorKind::stopped, "\"{}\" was not started: stopping", spec.argv[0]);

  UniqueFd file;
  if (!spec.output_file.empty()) {
    file.reset(::open(spec.output_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (!file) co_return lab_error("cannot write \"{}\": {}", spec.output_file.string(), std::strerror(errno));
  }
  auto in = make_pipe();
  auto out = make_pipe();
  auto err = make_pipe();
  if (!in || !out || !err) co_return lab_error("cannot create a pipe: {}", std::strerror(errno));

  auto executor = co_await asio::this_coro::executor;
  const std::vector<std::string> arguments(spec.argv.begin() + 1, spec.argv.end());
  process::process_stdio stdio{in->read_end.get(), out->write_end.get(),
                               spec.merge_stderr ? out->write_end.get() : err->write_end.get()};
  process::process_start_dir directory(spec.working_directory.empty() ? "." : spec.working_directory.string());
  boost::system::error_code launch_error;
  process::default_process_launcher launcher;
  std::optional<process::process> child;
  if (spec.environment) {
    process::process_environment environment(*spec.environment);
    child.emplace(launcher(executor, launch_error, program, arguments, std::move(stdio), directory, environment,
                           OwnGroup{}));
  } else {
    child.emplace(launcher(executor, launch_error, program, arguments, std::move(stdio), directory, OwnGroup{}));
  }
  if (launch_error) co_return lab_error("cannot run \"{}\": {}", spec.argv[0], launch_error.message());

  auto group = std::make_shared<Group>();
  group->pid = child->id();
  in->read_end.reset();
  out->write_end.reset();
  err->write_end.reset();
  asio::posix::stream_descriptor to_child(executor, in->write_end.release());
  asio::posix::stream_descriptor from_out(executor, out->read_end.release());
  asio::posix::stream_descriptor from_err(executor, err->read_end.release());

  // A stop may be requested from another thread; the group is killed on the executor, where it is
  // known whether the child has been reaped and its pid may belong to somebody else.
  std::stop_callback on_stop(stop, [group, executor] {
    asio::post(executor, [group] {
      group->stopped = true;
      group->kill_all();
    });
  });
  ProcessResult result;
  asio::steady_timer deadline(executor);
  if (spec.deadline.count() > 0) {
    deadline.expires_after(spec.deadline);
    auto timed_out = std::make_shared<bool>(false);
    deadline.async_wait([group](boost::system::error_code error) {
      if (!error && group->pid > 0) {
        group->kill_all();
        group->pid = -group->pid;  // remembered as timed out
      }
    });
  }
  bool err_cut = false;
  auto everything = drain(from_out, result.out, spec.output_limit, result.out_cut, file.get()) &&
                    drain(from_err, result.err, spec.output_limit, err_cut, file.get()) &&
                    feed(to_child, spec.standard_input);
  // A grandchild that left the group may hold the pipes open for ever: the child's end, not end of
  // file, decides, with a moment for what is still in the pipes.
  auto wait = [](process::process& p, asio::posix::stream_descriptor& a, asio::posix::stream_descriptor& b,
                 asio::posix::stream_descriptor& c, asio::steady_timer& grace,
                 std::shared_ptr<Group> g) -> asio::awaitable<int> {
    siginfo_t info{};
    auto [error, code] = co_await p.async_wait(as_result);
    (void)error;
    (void)code;
    (void)info;
    if (g->pid > 0) g->kill_all();  // background children of a finished program are not left behind
    if (g->pid > 0) g->pid = 0;
    grace.expires_after(std::chrono::seconds(2));
    grace.async_wait([&a, &b, &c](boost::system::error_code e) {
      if (e) return;
      boost::system::error_code ignored;
      a.close(ignored);
      b.close(ignored);
      c.close(ignored);
    });
    co_return p.native_exit_code();
  };
  asio::steady_timer grace(executor);
  auto waited = wait(*child, from_out, from_err, to_child, grace, group);
  const int status = co_await (std::move(waited) && [](auto all, asio::steady_timer& t) -> asio::awaitable<void> {
    co_await std::move(all);
    t.cancel();
  }(std::move(everything), grace));
  grace.cancel();
  deadline.cancel();
  result.timed_out = group->pid < 0;
  group->pid = 0;
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  else result.exit_code = WEXITSTATUS(status);
  keep_tail(result.out, spec.output_limit, result.out_cut);
  keep_tail(result.err, spec.output_limit, err_cut);
  if (group->stopped) co_return make_error(ErrorKind::stopped, "\"{}\" was stopped", spec.argv[0]);
  co_return result;
}

Result<ProcessResult> run_process_blocking(ProcessSpec spec, std::stop_token stop) {
  asio::io_context reactor(1);
  std::optional<Result<ProcessResult>> result;
  std::exception_ptr thrown;
  auto job = run_process(std::move(spec), std::move(stop));
  asio::co_spawn(reactor, std::move(job), [&](std::exception_ptr e, Result<ProcessResult> r) {
    thrown = e;
    result.emplace(std::move(r));
  });
  reactor.run();
  if (thrown) std::rethrow_exception(thrown);
  return std::move(*result);
}

}  // namespace klab
