// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/server.hpp"

#include <pwd.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <chrono>
#include <list>
#include <thread>

#include "api/gate.hpp"

namespace klab {
namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using local = asio::local::stream_protocol;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

namespace {

Peer peer_of(local::socket& socket, SocketAccess access) {
  Peer peer;
  peer.may_read = false;
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return peer;
  char buffer[4096];
  passwd entry{};
  passwd* found = nullptr;
  ::getpwuid_r(credentials.uid, &entry, buffer, sizeof buffer, &found);
  peer.name = found ? found->pw_name : fmt::format("uid {}", credentials.uid);
  const bool own = credentials.uid == ::getuid() || credentials.uid == 0;
  peer.may_read = own || access != SocketAccess::nobody;
  peer.may_write = own || access == SocketAccess::everybody;
  return peer;
}

}  // namespace

struct Server::State : std::enable_shared_from_this<Server::State> {
  State(asio::any_io_executor e, Answer answer, const Config& c, ServerLimits limits)
      : executor(e), config(c), rules(std::make_shared<ConnectionRules>()) {
    rules->answer = std::move(answer);
    rules->limits = limits;
    rules->page_hosts = c.page_hosts;
    rules->page_hosts.push_back(own_host_name());
  }

  // Each closes one connection. Readers of pages cannot take the places of the socket's users.
  using Connections = std::list<std::function<void()>>;

  asio::any_io_executor executor;
  const Config& config;
  std::shared_ptr<ConnectionRules> rules;
  std::unique_ptr<local::acceptor> unix_listener;
  std::unique_ptr<tcp::acceptor> tcp_listener;
  Connections unix_connections, tcp_connections;

  bool stopping() const { return rules->stopping; }

  template <class Protocol>
  asio::awaitable<void> serve(std::shared_ptr<beast::basic_stream<Protocol>> stream, Peer peer, Connections& connections) {
    auto self = shared_from_this();
    const auto place = connections.insert(connections.end(), [stream] {
      boost::system::error_code ignored;
      stream->socket().close(ignored);
    });
    try {
      co_await serve_connection(stream, std::move(peer), rules);
    } catch (const std::exception& e) {
      spdlog::error("cannot answer a request: {}", e.what());
    }
    connections.erase(place);
  }

  template <class Protocol>
  void begin(asio::basic_stream_socket<Protocol> socket, Peer peer, Connections& connections) {
    if (connections.size() >= rules->limits.connections) {
      const auto words = closing_response(error_response(
          lab_error("cannot answer: {} connections are open already; try again later", connections.size()), 503));
      boost::system::error_code ignored;
      socket.non_blocking(true, ignored);
      socket.write_some(asio::buffer(words), ignored);
      return;
    }
    auto job = serve(std::make_shared<beast::basic_stream<Protocol>>(std::move(socket)), std::move(peer), connections);
    asio::co_spawn(executor, std::move(job), asio::detached);
  }

  // Out of file descriptors, for one: the client waits in the backlog, and so does the listener.
  asio::awaitable<void> pause() {
    asio::steady_timer timer(executor, std::chrono::milliseconds(100));
    co_await timer.async_wait(as_result);
  }

  asio::awaitable<void> accept_unix() {
    auto self = shared_from_this();
    while (!stopping()) {
      auto [error, socket] = co_await unix_listener->async_accept(as_result);
      if (stopping()) co_return;
      if (error) {
        co_await pause();
        continue;
      }
      auto peer = peer_of(socket, config.access);
      begin(std::move(socket), std::move(peer), unix_connections);
    }
  }

  asio::awaitable<void> accept_tcp() {
    auto self = shared_from_this();
    while (!stopping()) {
      auto [error, socket] = co_await tcp_listener->async_accept(as_result);
      if (stopping()) co_return;
      if (error) {
        co_await pause();
        continue;
      }
      Peer peer;
      peer.is_page_reader = true;
      begin(std::move(socket), std::move(peer), tcp_connections);
    }
  }

  Result<void> listen_unix() {
    const auto path = config.socket.string();
    if (path.size() >= 108)
      return input_error("cannot listen on \"{}\": a socket's path has at most 107 bytes; set daemon.socket", path);
    // One that was killed may still answer while it dies; nothing is served yet that could wait for this.
    for (int look = 0;; ++look) {
      local::socket probe(executor);
      boost::system::error_code error;
      probe.connect(local::endpoint(path), error);
      if (error) break;
      if (look == 20) return lab_error("cannot listen on \"{}\": another klabd answers there", path);
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    struct stat there {};
    if (::lstat(path.c_str(), &there) == 0 && !S_ISSOCK(there.st_mode))
      return input_error("cannot listen on \"{}\": something else than a socket is there; set daemon.socket", path);
    ::unlink(path.c_str());
    try {
      // Nobody connects between bind and chmod: the mask is tight from the start.
      const auto mask = ::umask(0177);
      unix_listener = std::make_unique<local::acceptor>(executor, local::endpoint(path));
      ::umask(mask);
      if (config.access != SocketAccess::nobody && ::chmod(path.c_str(), 0666) != 0)
        return lab_error("cannot open \"{}\" to other users: {}", path, std::strerror(errno));
    } catch (const boost::system::system_error& e) {
      return lab_error("cannot listen on \"{}\": {}", path, e.code().message());
    }
    return {};
  }

  Result<void> listen_tcp() {
    const auto colon = config.pages.rfind(':');
    boost::system::error_code error;
    std::string host = config.pages.substr(0, colon);
    if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
    const auto address = asio::ip::make_address(host, error);
    const int port = colon == std::string::npos ? 0 : std::atoi(config.pages.c_str() + colon + 1);
    if (error || port < 1 || port > 65535)
      return input_error("cannot serve pages on \"{}\": give an address and a port, such as 127.0.0.1:8080", config.pages);
    try {
      tcp_listener = std::make_unique<tcp::acceptor>(executor, tcp::endpoint(address, static_cast<unsigned short>(port)));
    } catch (const boost::system::system_error& e) {
      return lab_error("cannot serve pages on \"{}\": {}", config.pages, e.code().message());
    }
    return {};
  }
};

Server::Server(asio::any_io_executor executor, Answer answer, const Config& config, ServerLimits limits)
    : state_(std::make_shared<State>(executor, std::move(answer), config, limits)) {}

Server::Server(asio::any_io_executor executor, Routes& routes, const Config& config)
    : Server(executor, [&routes](ApiRequest request) { return routes.answer(std::move(request)); }, config, {}) {}

Server::~Server() { stop(); }

Result<void> Server::start() {
  if (auto listening = state_->listen_unix(); !listening) return listening;
  if (!state_->config.pages.empty())
    if (auto listening = state_->listen_tcp(); !listening) return listening;
  auto from_unix = state_->accept_unix();
  asio::co_spawn(state_->executor, std::move(from_unix), asio::detached);
  if (state_->tcp_listener) {
    auto from_tcp = state_->accept_tcp();
    asio::co_spawn(state_->executor, std::move(from_tcp), asio::detached);
  }
  return {};
}

void Server::stop() {
  if (state_->stopping()) return;
  state_->rules->stopping = true;
  boost::system::error_code ignored;
  if (state_->unix_listener) {
    state_->unix_listener->close(ignored);
    ::unlink(state_->config.socket.c_str());
  }
  if (state_->tcp_listener) state_->tcp_listener->close(ignored);
  for (const auto* connections : {&state_->unix_connections, &state_->tcp_connections})
    for (const auto& close : *connections) close();
}

}  // namespace klab
