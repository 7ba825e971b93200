// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <optional>
#include <stop_token>
#include <string>

#include "pipeline/bell.hpp"
#include "util/result.hpp"

namespace klab {

// The actors that work beside the queue. One that ends with an error asks everybody to stop; the first error is
// kept. Lives as long as they do; reactor thread.
class Crew {
 public:
  Crew(boost::asio::any_io_executor executor, Bell& bell) : executor_(executor), bell_(bell) {}

  void add(std::string name, boost::asio::awaitable<Result<void>> work, std::stop_source stop);
  // Resumes when all have ended; they have been asked to.
  boost::asio::awaitable<Result<void>> joined();

 private:
  boost::asio::any_io_executor executor_;
  Bell& bell_;
  int working_ = 0;
  std::optional<Error> failure_;
};

}  // namespace klab
