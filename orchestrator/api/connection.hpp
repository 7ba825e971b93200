// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "api/http.hpp"

namespace klab {

// What one client may cost.
struct ServerLimits {
  std::size_t header_bytes = 16 * 1024;
  std::uint64_t body_bytes = 128u << 20;  // of a peer who may write: a mailbox of 64 MiB as base64
  std::size_t connections = 256;          // of one listener
  // Of answers that clients have yet to read, of all connections together; a log may have 64 MiB. One alone may have
  // more, and so may whoever may write.
  std::size_t unread_bytes = 256u << 20;
  // The whole of each step, not the time between two bytes. An answer that waits is not limited.
  std::chrono::milliseconds idle{30'000};    // until a request begins
  std::chrono::milliseconds header{10'000};
  std::chrono::milliseconds body{60'000};
  std::chrono::milliseconds write{30'000};
};

using Answer = std::function<boost::asio::awaitable<ApiResponse>(ApiRequest)>;

// What the connections of a server share.
struct ConnectionRules {
  Answer answer;
  ServerLimits limits;
  std::vector<std::string> page_hosts;
  bool stopping = false;
  mutable std::size_t unread = 0;  // bytes
};

// Requests of one connection, one after the other, until it ends, is too slow, or sends what is no HTTP.
// Every response carries the headers that keep a page to itself. Reactor thread; ends when the stream is closed.
template <class Protocol>
boost::asio::awaitable<void> serve_connection(std::shared_ptr<boost::beast::basic_stream<Protocol>> stream, Peer peer,
                                              std::shared_ptr<const ConnectionRules> rules);

extern template boost::asio::awaitable<void> serve_connection(
    std::shared_ptr<boost::beast::basic_stream<boost::asio::local::stream_protocol>>, Peer,
    std::shared_ptr<const ConnectionRules>);
extern template boost::asio::awaitable<void> serve_connection(std::shared_ptr<boost::beast::basic_stream<boost::asio::ip::tcp>>,
                                                              Peer, std::shared_ptr<const ConnectionRules>);

// The bytes of a response to a client who is not listened to.
std::string closing_response(const ApiResponse& answer);

}  // namespace klab
