// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cli/ssh_line.hpp"
#include "util/result.hpp"

namespace klab::cli {

struct Reply {
  int status = 0;
  std::string body;
  std::optional<int> exit_code;  // the X-Klab-Exit header of a report
};

// klabd over its unix socket, one connection per request; or a klabd elsewhere through one ssh that lives as long
// as this does. Blocks the calling thread; one thread only.
// Errors: kind lab when the daemon cannot be reached or does not answer within the limit; kind stopped after
// an interrupt; else what the daemon itself answered, with its kind, message and tail.
class Client {
 public:
  explicit Client(std::filesystem::path socket);
  explicit Client(RemoteHost remote);
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
  const std::optional<RemoteHost>& remote() const { return remote_; }
  // Of the klabd that answered last; empty before that, and of one that is too old to say.
  const std::string& daemon_version() const { return daemon_version_; }
  // The HTTP status of the last answer, also where that was an error; 0 without one.
  int last_status() const { return last_status_; }

 private:
  class Exchange;
  Result<Reply> request(bool is_post, std::string_view target, std::string body);
  Error answered_error(int status, const std::string& body) const;

  std::filesystem::path socket_;
  std::optional<RemoteHost> remote_;
  boost::asio::io_context io_;
  boost::asio::local::stream_protocol::socket stream_{io_};
  std::optional<SshLine> line_;  // what stream_ leads to, with a klabd elsewhere
  std::string daemon_version_;
  int last_status_ = 0;
  std::optional<boost::asio::signal_set> signals_;
  bool interrupted_ = false;
  std::function<void()> cancel_;  // ends what is under way
  std::function<void()> each_second_;
  std::chrono::seconds limit_{60};
};

Error unreachable(const std::filesystem::path& socket, const std::string& cause);

Result<boost::json::object> parse_object(const Reply& reply);

}  // namespace klab::cli
