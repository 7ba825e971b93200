// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <optional>

#include "util/timekeeper.hpp"

namespace klab::test {

// Time that passes only where somebody sleeps, and then at once.
class VirtualTime : public Timekeeper {
 public:
  Clock::time_point now() const override { return now_; }
  boost::asio::awaitable<void> sleep(std::chrono::milliseconds time) override {
    now_ += time;
    auto executor = co_await boost::asio::this_coro::executor;
    co_await boost::asio::post(executor, boost::asio::use_awaitable);
  }
  double passed() const { return std::chrono::duration<double>(now_ - begin_).count(); }

 private:
  const Clock::time_point begin_ = Clock::time_point(std::chrono::hours(1));
  Clock::time_point now_ = begin_;
};

// Runs one coroutine to its end on a reactor of its own.
template <class T>
T run(boost::asio::io_context& io, boost::asio::awaitable<T> job) {
  std::optional<T> result;
  std::exception_ptr thrown;
  boost::asio::co_spawn(io, std::move(job), [&](std::exception_ptr error, T value) {
    thrown = error;
    result = std::move(value);
  });
  io.restart();
  io.run();
  if (thrown) std::rethrow_exception(thrown);
  return std::move(*result);
}

}  // namespace klab::test
