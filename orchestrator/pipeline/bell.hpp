// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <list>
#include <stop_token>

namespace klab {

// Rung when something has been stored that others may have to act on: an experiment has ended, a night has
// begun, a host is quarantined. Who hears it looks into the database; the bell itself says nothing, and a ring
// that was missed costs nothing, because everybody looks once at the start. Reactor thread only.
class Bell {
 public:
  explicit Bell(boost::asio::any_io_executor executor) : executor_(executor) {}

  void ring();
  std::uint64_t rings() const { return rings_; }
  // Resumes when there have been more rings than `heard`, when `limit` has passed, or when `stop` is requested.
  boost::asio::awaitable<std::uint64_t> wait(std::uint64_t heard, std::chrono::milliseconds limit, std::stop_token stop);

 private:
  boost::asio::any_io_executor executor_;
  std::list<boost::asio::steady_timer*> waiting_;
  std::uint64_t rings_ = 0;
};

}  // namespace klab
