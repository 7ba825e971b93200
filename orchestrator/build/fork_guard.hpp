// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "util/fd.hpp"

namespace klab {

// Ends a sandbox whose tasks come to more than `most`, wherever no control group does: the kernel exempts root's processes
// from their rlimit, and a build that forks without end has taken every pid of the host within a second. A thread of
// its own, before all others where it may be, because on the reactor the looking came seconds late. Counts only while the
// host has so many threads more than at the start. To be destroyed when `bubblewrap` has ended.
class ForkGuard {
 public:
  ForkGuard(int bubblewrap, unsigned most);
  ForkGuard(const ForkGuard&) = delete;
  ForkGuard& operator=(const ForkGuard&) = delete;
  ~ForkGuard();

  bool fired() const { return fired_; }  // any thread

 private:
  void watch();
  void look();

  const int bubblewrap_;
  const unsigned most_;
  const unsigned before_;  // threads of the host
  std::atomic<bool> fired_ = false;
  bool done_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::thread thread_;
};

// Kills the namespace's first process, which ends the namespace, and returns a descriptor of it; none when it is not
// `bubblewrap`'s child any more. Runs it first, because only then all others end.
UniqueFd kill_first_process(int bubblewrap, int first);

}  // namespace klab
