// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <stop_token>
#include <string>

#include "pipeline/lab.hpp"
#include "store/notification_store.hpp"

namespace klab {

// Tells those who are configured ([[notify]]) what has happened. Everything to be told is stored first, once per
// event, and then handed over until that works or its attempts are used up, with twice the pause after every failure.
// A crash between a hand-over and its record makes it come twice, under the same number. Reactor thread.
class Notifier {
 public:
  Notifier(Lab& lab, Database& database);

  boost::asio::awaitable<Result<void>> run(std::stop_token stop);
  // One look: stores what is new and tries what is due. An error is the database's.
  boost::asio::awaitable<Result<void>> look(std::stop_token stop);
  NotificationStore& store() { return store_; }

 private:
  Result<void> record(const Delivery& delivery, const Result<void>& handed_over);

  Lab& lab_;
  NotificationStore store_;
  std::string name_;  // of this computer
};

}  // namespace klab
