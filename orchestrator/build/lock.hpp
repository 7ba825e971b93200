// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <deque>
#include <memory>
#include <stop_token>
#include <utility>

#include "util/result.hpp"

namespace klab {

// Mutual exclusion between coroutines of one reactor thread, first come first served. A waiter whose
// stop is requested gives up with kind stopped.
class CoroutineLock {
 public:
  class Guard {
   public:
    explicit Guard(CoroutineLock& lock) : lock_(&lock) {}
    Guard(Guard&& other) noexcept : lock_(std::exchange(other.lock_, nullptr)) {}
    Guard& operator=(Guard&&) = delete;
    ~Guard() {
      if (lock_) lock_->release();
    }

   private:
    CoroutineLock* lock_;
  };

  boost::asio::awaitable<Result<Guard>> acquire(std::stop_token stop);

 private:
  struct Waiter;
  void release();

  bool held_ = false;
  std::deque<std::shared_ptr<Waiter>> waiters_;
};

}  // namespace klab
