// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/fork_guard.hpp"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <new>

#include "build/usage.hpp"

namespace klab {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(10);
constexpr sched_param kFirst{.sched_priority = 1};

}  // namespace

// Through a descriptor and looked at again, so that a pid that has been given away is not hit.
UniqueFd kill_first_process(int bubblewrap, int first) {
  UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, first, 0)));
  const auto now = children_of(bubblewrap);
  if (!process || std::find(now.begin(), now.end(), first) == now.end()) return {};
  ::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0);
  // Among thousands that fork its turn to end comes late. Only root may, and only root's builds come to so many.
  for (const int thread : threads_in(first)) ::sched_setscheduler(thread, SCHED_FIFO, &kFirst);
  return process;
}

ForkGuard::ForkGuard(int bubblewrap, unsigned most)
    : bubblewrap_(bubblewrap), most_(most), before_(host_threads()), thread_([this] { watch(); }) {}

ForkGuard::~ForkGuard() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void ForkGuard::look() {
  if (fired_ || host_threads() <= before_ + most_) return;
  const auto children = children_of(bubblewrap_);
  if (children.empty() || namespace_tasks(children.front(), most_) <= most_) return;
  fired_ = true;
  kill_first_process(bubblewrap_, children.front());
}

void ForkGuard::watch() {
  ::pthread_setschedparam(::pthread_self(), SCHED_FIFO, &kFirst);
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, kInterval, [this] { return done_; })) {
    try {
      look();
    } catch (const std::bad_alloc&) {
      // The next look may have room.
    }
  }
}

}  // namespace klab
