// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/supervisor.hpp"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace klab {
namespace {

volatile sig_atomic_t worker = 0;

void forward(int signal, siginfo_t* info, void*) {
  // What the terminal sends goes to the whole foreground group; the worker has it already.
  if (info->si_code == SI_KERNEL) return;
  const int saved = errno;
  if (worker > 0) ::kill(worker, signal);
  errno = saved;
}

void kill_children() {
  std::ifstream children("/proc/self/task/" + std::to_string(::getpid()) + "/children");
  for (pid_t child; children >> child;) ::kill(child, SIGKILL);
}

[[noreturn]] void supervise() {
  int status = 0;
  bool worker_ended = false;
  int exit_status = 1;
  // Whoever loses its parent becomes our child, so that killing children until none is left gets all.
  for (;;) {
    const pid_t ended = ::waitpid(-1, &status, 0);
    if (ended < 0 && errno == EINTR) continue;
    if (ended < 0) ::_exit(exit_status);
    if (ended == worker) {
      worker = 0;
      worker_ended = true;
      exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    if (worker_ended) kill_children();
  }
}

}  // namespace

void run_supervised() {
  const pid_t parent = ::getpid();
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  constexpr int kForwarded[] = {SIGTERM, SIGINT, SIGHUP};
  sigset_t blocked, before;
  ::sigemptyset(&blocked);
  for (const int signal : kForwarded) ::sigaddset(&blocked, signal);
  ::sigprocmask(SIG_BLOCK, &blocked, &before);
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);  // it died before the line above
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    return;
  }
  if (child < 0) {
    // Without a supervisor everything works but the speed and the cleaning up; the caller carries on.
    ::prctl(PR_SET_CHILD_SUBREAPER, 0);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    return;
  }
  worker = child;
  struct sigaction action = {};
  action.sa_sigaction = forward;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  for (const int signal : kForwarded) ::sigaction(signal, &action, nullptr);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  supervise();
}

}  // namespace klab
