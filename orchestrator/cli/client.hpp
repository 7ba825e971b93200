// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "util/result.hpp"

namespace klab::cli {

struct Reply {
  int status = 0;
  std::string body;
  std::optional<int> exit_code;  // the X-Klab-Exit header of a report
};

// klabd over its unix socket, one connection per request. Blocks the calling thread; one thread only.
// Errors: kind lab when the daemon cannot be reached or does not answer within the limit; kind stopped after
// an interrupt; else what the daemon itself answered, with its kind, message and tail.
class Client {
 public:
  explicit Client(std::filesystem::path socket);
  Result<Reply> get(std::string_view target);
  Result<Reply> post(std::string_view target, std::string body);

  // From now on SIGINT and SIGTERM end the request under way, and refuse later ones, instead of killing klab.
  void detach_on_interrupt();
  bool interrupted() const { return interrupted_; }
  // Called about once a second while a request waits.
  void while_waiting(std::function<void()> each_second) { each_second_ = std::move(each_second); }
  // Returns early when interrupted.
  void pause(std::chrono::milliseconds duration);
  void set_limit(std::chrono::seconds limit) { limit_ = limit; }

 private:
  Result<Reply> request(bool is_post, std::string_view target, std::string body);

  std::filesystem::path socket_;
  boost::asio::io_context io_;
  std::optional<boost::asio::signal_set> signals_;
  bool interrupted_ = false;
  std::function<void()> cancel_;  // ends what is under way
  std::function<void()> each_second_;
  std::chrono::seconds limit_{60};
};

Result<boost::json::object> parse_object(const Reply& reply);

}  // namespace klab::cli
