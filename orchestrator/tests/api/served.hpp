// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstring>

#include "api/server.hpp"
#include "util/fd.hpp"
#include "util/file.hpp"
#include "util/text.hpp"

namespace klab::testing {

// A server in this thread, with an answer that repeats what it was asked.
struct Served {
  explicit Served(ServerLimits limits = {}, SocketAccess access = SocketAccess::read_only)
      : directory(TemporaryDirectory::create(std::filesystem::temp_directory_path(), "klab-api-").value()) {
    config.access = access;
    config.socket = directory.path() / "s";
    config.page_hosts = {"lab.example.org"};
    config.pages = fmt::format("127.0.0.1:{}", free_port());
    server = std::make_unique<Server>(
        reactor.get_executor(), [this](ApiRequest request) { return echo(std::move(request)); }, config, limits);
    server->start().value();
  }

  boost::asio::awaitable<ApiResponse> echo(ApiRequest request) {
    ++answered;
    ApiResponse response;
    response.body = fmt::format("{{\"method\":\"{}\",\"path\":\"{}\",\"body\":{}}}", request.method, join(request.path, "/"),
                                request.body.size());
    response.body += std::string(padding, ' ');
    co_return response;
  }

  // A port that nobody else has, unless somebody takes it between here and the server's bind.
  int free_port() {
    UniqueFd probe(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(probe.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::getsockname(probe.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    return port = ntohs(address.sin_port);
  }

  UniqueFd connect_unix() const {
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, config.socket.c_str(), sizeof address.sun_path - 1);
    REQUIRE(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    return fd;
  }
  UniqueFd connect_tcp() const {
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    return fd;
  }

  static void send(const UniqueFd& fd, std::string_view bytes) {
    ::send(fd.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }

  // What the server sends until it closes, while it runs; `more` bytes follow as there is room for them.
  std::string until_closed(const UniqueFd& fd, std::string_view more = {}) {
    std::string received;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < end) {
      if (!more.empty())
        if (const auto n = ::send(fd.get(), more.data(), more.size(), MSG_DONTWAIT | MSG_NOSIGNAL); n > 0)
          more.remove_prefix(static_cast<std::size_t>(n));
      reactor.run_one_for(std::chrono::milliseconds(1));
      char buffer[65536];
      const auto n = ::recv(fd.get(), buffer, sizeof buffer, MSG_DONTWAIT);
      if (n > 0) received.append(buffer, static_cast<std::size_t>(n));
      else if (n == 0 || (errno != EAGAIN && errno != EINTR)) return received;
    }
    FAIL("the server did not close the connection; it sent: " << received);
    return received;
  }
  std::string until_closed_pipe(const UniqueFd& fd) {
    REQUIRE(::fcntl(fd.get(), F_SETFL, O_NONBLOCK) == 0);
    std::string received;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < end) {
      reactor.run_one_for(std::chrono::milliseconds(1));
      char buffer[4096];
      const auto n = ::read(fd.get(), buffer, sizeof buffer);
      if (n == 0) return received;
      if (n > 0) received.append(buffer, static_cast<std::size_t>(n));
    }
    FAIL("the client did not end; it told: " << received);
    return received;
  }
  std::string exchange(const UniqueFd& fd, std::string_view bytes) {
    return until_closed(fd, bytes);
  }

  TemporaryDirectory directory;
  Config config;
  int port = 0;
  int answered = 0;
  boost::asio::io_context reactor{1};
  std::size_t padding = 0;  // of each answer
  std::unique_ptr<Server> server;
};

inline std::string body_of_response(const std::string& response) {
  const auto at = response.find("\r\n\r\n");
  return at == std::string::npos ? std::string() : response.substr(at + 4);
}
inline std::string status_line(const std::string& response) { return response.substr(0, response.find("\r\n")); }

}  // namespace klab::testing
