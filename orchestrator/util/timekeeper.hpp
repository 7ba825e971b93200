// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

namespace klab {

// The passing of time, so that a test can let hours pass at once.
class Timekeeper {
 public:
  using Clock = std::chrono::steady_clock;
  virtual ~Timekeeper() = default;
  virtual Clock::time_point now() const = 0;
  virtual boost::asio::awaitable<void> sleep(std::chrono::milliseconds time) = 0;
};

class RealTime : public Timekeeper {
 public:
  Clock::time_point now() const override { return Clock::now(); }
  boost::asio::awaitable<void> sleep(std::chrono::milliseconds time) override {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, time);
    co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
};

}  // namespace klab
