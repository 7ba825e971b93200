// SPDX-License-Identifier: GPL-3.0-or-later
#include "util/process.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
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
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "util/fd.hpp"
#include "util/process_output.hpp"

namespace klab {
namespace asio = boost::asio;
namespace process = boost::process::v2;
using namespace asio::experimental::awaitable_operators;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

namespace {

// Its own process group, so that one signal reaches every descendant that did not leave it, and a
// death signal, so that nothing outlives a killed daemon. No descriptor but the three: a library that
// forgot O_CLOEXEC must not hand its sockets to what is started here.
struct OwnGroup {
  bool network_capabilities = false;
  template <class Launcher>
  process::error_code on_exec_setup(Launcher&, const process::filesystem::path&, const char* const*) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    if (network_capabilities)
      for (const int capability : {CAP_NET_BIND_SERVICE, CAP_NET_RAW, CAP_NET_ADMIN})
        ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
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

asio::awaitable<void> drain(asio::posix::stream_descriptor& from, std::string& to, std::size_t limit, bool& cut,
                            OutputFile& file, BeginLine& begin) {
  std::string buffer(1 << 16, '\0');
  for (;;) {
    auto [error, n] = co_await from.async_read_some(asio::buffer(buffer), as_result);
    const std::string_view bytes = error ? begin.rest() : begin.pass({buffer.data(), n});
    file.append(bytes);
    to.append(bytes);
    if (to.size() > 2 * limit) keep_tail(to, limit, cut);
    if (error) co_return;
  }
}

asio::awaitable<void> feed(asio::posix::stream_descriptor& to, const std::string& bytes) {
  if (!bytes.empty()) co_await asio::async_write(to, asio::buffer(bytes), as_result);
  boost::system::error_code ignored;
  to.close(ignored);
}

// Shared with the stop callback and the deadline, which may run after the coroutine has gone.
struct Child {
  pid_t pid = 0;
  bool reaped = false;
  bool stopped = false;
  bool timed_out = false;
  // The group's number is the child's own: once that is reaped it may belong to somebody else.
  void kill_group() const {
    if (!reaped) ::kill(-pid, SIGKILL);
  }
};

bool has_ended(pid_t pid) {
  siginfo_t info = {};
  const int looked = ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT | WNOHANG);
  return looked != 0 || info.si_pid == pid;
}

// Waits through a pidfd rather than SIGCHLD: libvirt in the same process reaps children of its own. The wait
// may end without a cause (an event meant for a descriptor that was closed reaches the one that took its
// place), so that the child itself is looked at; without a pidfd it is looked at now and then.
// What the program left running in its group is killed before the pid is given back.
asio::awaitable<int> reap(std::shared_ptr<Child> child) {
  auto executor = co_await asio::this_coro::executor;
  UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, child->pid, 0)));
  asio::posix::stream_descriptor ended(executor);
  if (pidfd) ended.assign(pidfd.release());
  while (!has_ended(child->pid)) {
    boost::system::error_code failed = asio::error::bad_descriptor;
    if (ended.is_open()) {
      auto [error] = co_await ended.async_wait(asio::posix::stream_descriptor::wait_read, as_result);
      failed = error;
    }
    if (!failed) continue;
    asio::steady_timer pause(executor, std::chrono::milliseconds(10));
    co_await pause.async_wait(as_result);
  }
  child->kill_group();
  int status = 0;
  while (::waitpid(child->pid, &status, 0) < 0 && errno == EINTR) {
  }
  child->reaped = true;
  co_return status;
}

// Reaps, then gives the pipes two seconds: a descendant that left the group may hold them open for
// ever, and the child's end, not end of file, is what is waited for.
// The timer may expire in the very turn in which they reach their end: `open` tells whether they are still there.
asio::awaitable<int> reap_then_close(std::shared_ptr<Child> child, asio::steady_timer& grace,
                                     std::array<asio::posix::stream_descriptor*, 3> pipes, std::shared_ptr<bool> open) {
  const int status = co_await reap(child);
  grace.expires_after(std::chrono::seconds(2));
  grace.async_wait([pipes, open](boost::system::error_code error) {
    if (error || !*open) return;
    boost::system::error_code ignored;
    for (auto* pipe : pipes) pipe->close(ignored);
  });
  co_return status;
}

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
  [[maybe_unused]] static const auto previous = ::signal(SIGPIPE, SIG_IGN);  // a child may close its input early
  const std::string program = find_program(spec.argv.at(0));
  if (program.empty())
    co_return lab_error("cannot run \"{}\": no such program; ./lab doctor names what is missing", spec.argv[0]);
  if (stop.stop_requested()) co_return make_error(ErrorKind::stopped, "\"{}\" was not started: stopping", spec.argv[0]);

  OutputFile file;
  if (!spec.output_file.empty()) {
    auto opened = OutputFile::open(spec.output_file, spec.output_file_limit, std::move(spec.on_output_file_full));
    if (!opened) co_return opened.error();
    file = std::move(*opened);
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
  boost::system::error_code error;
  process::default_process_launcher launcher;
  auto child = std::make_shared<Child>();
  std::vector<const char*> environment;
  if (spec.environment) {
    for (const auto& entry : *spec.environment) environment.push_back(entry.c_str());
    environment.push_back(nullptr);
    launcher.env = environment.data();
  }
  {
    auto started = launcher(executor, error, program, arguments, std::move(stdio), directory, OwnGroup{spec.network_capabilities});
    if (!error) child->pid = started.id();
    if (!error && spec.on_start) spec.on_start(child->pid);
    started.detach();
  }
  if (error) co_return lab_error("cannot run \"{}\": {}", spec.argv[0], error.message());

  in->read_end.reset();
  out->write_end.reset();
  err->write_end.reset();
  asio::posix::stream_descriptor to_child(executor, in->write_end.release());
  asio::posix::stream_descriptor from_out(executor, out->read_end.release());
  asio::posix::stream_descriptor from_err(executor, err->read_end.release());

  // A stop may be requested from another thread, so the kill is posted to where `reaped` is known.
  std::stop_callback on_stop(stop, [child, executor] {
    asio::post(executor, [child] {
      child->stopped = !child->reaped;
      child->kill_group();
    });
  });
  asio::steady_timer deadline(executor);
  if (spec.deadline.count() > 0) {
    deadline.expires_after(spec.deadline);
    deadline.async_wait([child](boost::system::error_code cancelled) {
      if (cancelled) return;
      child->timed_out = !child->reaped;
      child->kill_group();
    });
  }
  ProcessResult result;
  bool err_cut = false;
  BeginLine begin(spec.begin_line), nothing("");
  asio::steady_timer grace(executor);
  const std::array<asio::posix::stream_descriptor*, 3> pipes{&from_out, &from_err, &to_child};
  const auto open = std::make_shared<bool>(true);
  auto end = reap_then_close(child, grace, pipes, open);
  auto from = drain(from_out, result.out, spec.output_limit, result.out_cut, file, begin);
  auto errors = drain(from_err, result.err, spec.output_limit, err_cut, file, nothing);
  auto input = feed(to_child, spec.standard_input);
  auto everything = std::move(end) && std::move(from) && std::move(errors) && std::move(input);
  const int status = co_await std::move(everything);
  *open = false;
  grace.cancel();
  deadline.cancel();

  if (child->stopped) co_return make_error(ErrorKind::stopped, "\"{}\" was stopped", spec.argv[0]);
  result.timed_out = child->timed_out;
  result.begun = begin.found();
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  else result.exit_code = WEXITSTATUS(status);
  keep_tail(result.out, spec.output_limit, result.out_cut);
  keep_tail(result.err, spec.output_limit, err_cut);
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
