// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>

#include "machine/ipmi/bmc.hpp"
#include "util/timekeeper.hpp"

namespace klab {

// The power of one host. What a BMC says of a verb is not believed: the state is read until it holds. Called
// and resumed on the reactor thread, one coroutine at a time; the BMC is spoken to on a thread of its own.
// `stop` ends a wait early, with an error of kind stopped.
class HostPower {
 public:
  HostPower(const HostSpec& host, std::shared_ptr<Bmc> bmc, Timekeeper& time);
  ~HostPower();

  boost::asio::awaitable<Result<bool>> is_on();
  // Within HostSpec::power_limit. Does nothing when it is so already.
  boost::asio::awaitable<Result<void>> switch_to(bool on, std::stop_token stop);
  // For the next start. Read back: some BMCs say yes and forget.
  boost::asio::awaitable<Result<void>> boot_from_network(std::stop_token stop);
  boost::asio::awaitable<Result<void>> interrupt();
  boost::asio::awaitable<Result<BootDevice>> boot_device();
  boost::asio::awaitable<Result<std::map<std::string, std::string>>> identity();

 private:
  const HostSpec& host_;
  std::shared_ptr<Bmc> bmc_;
  Timekeeper& time_;
  boost::asio::thread_pool thread_{1};
};

}  // namespace klab
