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
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <list>

#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using local = asio::local::stream_protocol;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

namespace {

constexpr std::size_t most_connections = 256;
constexpr std::uint64_t body_limit = 128u << 20;  // a mailbox of 64 MiB as base64
constexpr auto read_limit = std::chrono::seconds(30);

Peer peer_of(local::socket& socket, SocketAccess access) {
  Peer peer;
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return peer;
  char buffer[4096];
  passwd entry{};
  passwd* found = nullptr;
  ::getpwuid_r(credentials.uid, &entry, buffer, sizeof buffer, &found);
  peer.name = found ? found->pw_name : fmt::format("uid {}", credentials.uid);
  const bool own = credentials.uid == ::getuid() || credentials.uid == 0;
  peer.may_write = own || access == SocketAccess::everybody;
  return peer;
}

template <class Body, class Fields>
http::response<http::string_body> make_response(const http::request<Body, Fields>& request, ApiResponse answer) {
  http::response<http::string_body> response{static_cast<http::status>(answer.status), request.version()};
  response.set(http::field::content_type, answer.content_type);
  response.set(http::field::cache_control, "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:");
  response.set("Referrer-Policy", "no-referrer");
  for (const auto& [field, value] : answer.headers) response.set(field, value);
  response.keep_alive(request.keep_alive());
  response.body() = std::move(answer.body);
  response.prepare_payload();
  return response;
}

}  // namespace

struct Server::State : std::enable_shared_from_this<Server::State> {
  State(asio::any_io_executor e, Routes& r, const Config& c) : executor(e), routes(r), config(c) {}

  asio::any_io_executor executor;
  Routes& routes;
  const Config& config;
  std::unique_ptr<local::acceptor> unix_listener;
  std::unique_ptr<tcp::acceptor> tcp_listener;
  std::list<std::function<void()>> connections;  // each closes one
  bool stopping = false;

  template <class Stream>
  asio::awaitable<void> serve(std::shared_ptr<Stream> stream, Peer peer) {
    auto self = shared_from_this();
    const auto place = connections.insert(connections.end(), [stream] {
      boost::system::error_code ignored;
      stream->socket().close(ignored);
    });
    beast::flat_buffer buffer(1u << 20);
    for (;;) {
      http::request_parser<http::string_body> parser;
      parser.header_limit(16 * 1024);
      parser.body_limit(peer.is_page_reader ? 0 : body_limit);
      stream->expires_after(read_limit);
      auto [error, n] = co_await http::async_read(*stream, buffer, parser, as_result);
      if (error == http::error::body_limit || error == http::error::header_limit) {
        auto refused = make_response(parser.get(), error_response(input_error("cannot read the request: it is too large"), 413));
        refused.keep_alive(false);
        co_await http::async_write(*stream, refused, as_result);
        break;
      }
      if (error) break;
      ApiRequest request;
      request.method = std::string(parser.get().method_string());
      request.peer = peer;
      const bool understood = parse_target(std::string_view(parser.get().target()), request);
      // Browsers say where a request comes from; nothing of ours is called from another page.
      const bool foreign = parser.get().find(http::field::origin) != parser.get().end() && request.method != "GET";
      request.body = std::move(parser.get().body());
      stream->expires_never();
      ApiResponse answer;
      if (!understood) answer = error_response(input_error("cannot read the request: its target is malformed"), 400);
      else if (foreign) answer = error_response(input_error("cannot write from another page"), 403);
      else answer = co_await routes.answer(std::move(request));
      auto response = make_response(parser.get(), std::move(answer));
      stream->expires_after(read_limit);
      auto [write_error, written] = co_await http::async_write(*stream, response, as_result);
      if (write_error || !response.keep_alive() || stopping) break;
    }
    connections.erase(place);
  }

  template <class Stream>
  void begin(std::shared_ptr<Stream> stream, Peer peer) {
    if (connections.size() >= most_connections) return;  // closed by its destructor
    auto job = serve(std::move(stream), std::move(peer));
    asio::co_spawn(executor, std::move(job), [](std::exception_ptr thrown) {
      try {
        if (thrown) std::rethrow_exception(thrown);
      } catch (const std::exception& e) {
        spdlog::error("cannot answer a request: {}", e.what());
      }
    });
  }

  asio::awaitable<void> accept_unix() {
    auto self = shared_from_this();
    while (!stopping) {
      auto [error, socket] = co_await unix_listener->async_accept(as_result);
      if (error == asio::error::operation_aborted) co_return;
      if (error) continue;
      auto peer = peer_of(socket, config.access);
      begin(std::make_shared<beast::basic_stream<local>>(std::move(socket)), peer);
    }
  }

  asio::awaitable<void> accept_tcp() {
    auto self = shared_from_this();
    while (!stopping) {
      auto [error, socket] = co_await tcp_listener->async_accept(as_result);
      if (error == asio::error::operation_aborted) co_return;
      if (error) continue;
      Peer peer;
      peer.is_page_reader = true;
      begin(std::make_shared<beast::basic_stream<tcp>>(std::move(socket)), peer);
    }
  }

  Result<void> listen_unix() {
    const auto path = config.socket.string();
    if (path.size() >= 108)
      return input_error("cannot listen on \"{}\": a socket's path has at most 107 bytes; set daemon.socket", path);
    local::socket probe(executor);
    boost::system::error_code error;
    probe.connect(local::endpoint(path), error);
    if (!error) return lab_error("cannot listen on \"{}\": another klabd answers there", path);
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

Server::Server(asio::any_io_executor executor, Routes& routes, const Config& config)
    : state_(std::make_shared<State>(executor, routes, config)) {}

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
  if (state_->stopping) return;
  state_->stopping = true;
  boost::system::error_code ignored;
  if (state_->unix_listener) {
    state_->unix_listener->close(ignored);
    ::unlink(state_->config.socket.c_str());
  }
  if (state_->tcp_listener) state_->tcp_listener->close(ignored);
  for (const auto& close : state_->connections) close();
}

}  // namespace klab
