// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "util/fd.hpp"
#include "util/text.hpp"
#include "tests/workload/support.hpp"

namespace klab::testing {

// What a lab keeps of the frames it is sent: those that follow each other, once. Doubled frames must be the same.
class FrameStore {
 public:
  // False when a frame came where an earlier one was missing, or another one under its number.
  bool take(std::string_view text) {
    for (const std::string& line : split_lines(text)) {
      const std::size_t number = std::stoul(line.substr(6));
      if (number > kept_.size() || (number < kept_.size() && kept_[number] != line)) return false;
      if (number == kept_.size()) kept_.push_back(line);
    }
    return true;
  }
  std::size_t next() const { return kept_.size(); }
  std::string bytes() const { return join(kept_, "\n") + "\n"; }

 private:
  std::vector<std::string> kept_;
};

inline std::string http_answer(int status, std::string_view body) {
  return fmt::format("HTTP/1.1 {} Whatever\r\nServer: lab\r\ncontent-length: {}\r\nConnection: close\r\n\r\n{}", status,
                     body.size(), body);
}
inline std::string next_answer(std::size_t next) { return http_answer(200, fmt::format("next {}\n", next)); }

// An HTTP server of one connection at a time on a port of its own. `answer` is called on its thread with each request's
// body and gives the bytes to send back; none closes the connection. Owns its thread, which ends with it.
class LabServer {
 public:
  explicit LabServer(std::function<std::string(const std::string&)> answer) : answer_(std::move(answer)) {
    listening_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    REQUIRE(::bind(listening_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listening_.get(), 16) == 0);
    REQUIRE(::getsockname(listening_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~LabServer() { stop(); }
  // Afterwards what came may be read.
  void stop() {
    ::shutdown(listening_.get(), SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
  }
  int port() const { return port_; }

  std::vector<std::string> heads, bodies;

 private:
  void serve() {
    for (;;) {
      const UniqueFd connection(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!connection) return;
      std::string request;
      if (!read_request(connection.get(), request)) continue;
      const std::string answer = answer_(bodies.back());
      for (std::size_t sent = 0; sent < answer.size();) {
        const ssize_t written = ::send(connection.get(), answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
        if (written <= 0) break;
        sent += static_cast<std::size_t>(written);
      }
    }
  }
  bool read_request(int connection, std::string& request) {
    char bytes[65536];
    for (;;) {
      const ssize_t got = ::recv(connection, bytes, sizeof(bytes), 0);
      if (got <= 0) return false;
      request.append(bytes, static_cast<std::size_t>(got));
      const auto end = request.find("\r\n\r\n");
      if (end == std::string::npos) continue;
      const auto named = request.find("Content-Length: ");
      const std::size_t length = named < end ? std::stoul(request.substr(named + 16)) : 0;
      if (request.size() < end + 4 + length) continue;
      heads.push_back(request.substr(0, end));
      bodies.push_back(request.substr(end + 4));
      return true;
    }
  }

  std::function<std::string(const std::string&)> answer_;
  UniqueFd listening_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace klab::testing
