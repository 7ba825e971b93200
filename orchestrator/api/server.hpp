// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "api/connection.hpp"
#include "api/routes.hpp"
#include "config/config.hpp"

namespace klab {

// HTTP on the unix socket (whose peers are known by their credentials) and, when configured, read-only
// pages on a TCP address. Sizes, times and numbers of connections are limited (connection.hpp), and what
// pages of others send is refused (gate.hpp). Reactor thread; `routes` outlives
// the server's connections, which end with stop() and the reactor.
class Server {
 public:
  Server(boost::asio::any_io_executor executor, Routes& routes, const Config& config);
  // With another voice, and limits that a test can reach.
  Server(boost::asio::any_io_executor executor, Answer answer, const Config& config, ServerLimits limits);
  ~Server();

  // Binds and begins to accept. A socket that a live daemon answers on is not taken away.
  Result<void> start();
  // Closes the listeners and every connection; removes the socket.
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace klab
