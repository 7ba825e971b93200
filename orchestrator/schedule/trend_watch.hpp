// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <stop_token>

#include "pipeline/lab.hpp"
#include "schedule/aftermath.hpp"
#include "schedule/investigations.hpp"

namespace klab {

// What follows from nights and experiments when they have ended: noise floors and confirmations, points of the
// trends, change points, investigations. Looks into the database whenever the bell rings, and does what is not done
// yet; what is done is stored with what it follows from, so that a restart at any instant loses and repeats nothing.
class TrendWatch {
 public:
  TrendWatch(Lab& lab, Queue& queue) : lab_(lab), queue_(queue), aftermath_(lab, queue), investigations_(lab, queue) {}

  // Until `stop` is requested. An error is the database's.
  boost::asio::awaitable<Result<void>> run(std::stop_token stop);
  // Does all that can be done now.
  boost::asio::awaitable<Result<void>> look(std::stop_token stop);

 private:
  Lab& lab_;
  Queue& queue_;
  Aftermath aftermath_;
  Investigations investigations_;
};

}  // namespace klab
