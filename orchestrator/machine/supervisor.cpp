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

void kill_children() {
  std::ifstream children("/proc/self/task/" + std::to_string(::getpid()) + "/children");
  for (pid_t child; children >> child;) ::kill(child, SIGKILL);
}

// Signals are waited for, not handled: nothing here has to be safe in a handler.
[[noreturn]] void supervise(pid_t worker, const sigset_t& signals) {
  int exit_status = 1, passed_on = 0;
  for (;;) {
    siginfo_t info = {};
    const int signal = ::sigwaitinfo(&signals, &info);
    if (signal > 0 && signal != SIGCHLD) {
      // What the terminal sends goes to the whole foreground group; the worker has it already.
      if (worker > 0 && info.si_code != SI_KERNEL) ::kill(worker, signal);
      passed_on = signal;
      continue;
    }
    // One SIGCHLD may stand for several children. Whoever loses its parent becomes ours, so that killing
    // children until none is left gets all.
    int status = 0;
    pid_t ended;
    while ((ended = ::waitpid(-1, &status, WNOHANG)) > 0) {
      if (ended == worker) {
        worker = 0;
        // Told to stop before it listened for that: nothing had begun, and it ended in order.
        if (WIFEXITED(status)) exit_status = WEXITSTATUS(status);
        else exit_status = WTERMSIG(status) == passed_on ? 0 : 128 + WTERMSIG(status);
      }
      if (worker == 0) kill_children();
    }
    if (ended < 0 && errno == ECHILD) ::_exit(exit_status);
  }
}

}  // namespace

void run_supervised() {
  const pid_t parent = ::getpid();
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::signal(SIGCHLD, SIG_DFL);
  sigset_t blocked, before;
  ::sigemptyset(&blocked);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) ::sigaddset(&blocked, signal);
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
  supervise(child, blocked);
}

}  // namespace klab
