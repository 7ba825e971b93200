// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/api/served.hpp"

#include <sys/stat.h>
#include <sys/wait.h>

#include "util/text.hpp"

using namespace klab;
using namespace klab::testing;

namespace {

std::string error_body(std::string_view message) {
  return fmt::format("{{\"error\":\"{}\",\"tail\":\"\",\"kind\":\"input\"}}", message);
}

std::string post(std::size_t size, std::string_view more = "") {
  return fmt::format("POST /api/experiments HTTP/1.1\r\nHost: klabd\r\nContent-Type: application/json\r\n{}Content-Length: {}\r\n\r\n",
                     more, size);
}

constexpr const char* get = "GET /a/b HTTP/1.1\r\nHost: klabd\r\n\r\n";
constexpr const char* last_get = "GET /last HTTP/1.1\r\nHost: klabd\r\nConnection: close\r\n\r\n";

ServerLimits hasty() {
  ServerLimits limits;
  limits.idle = limits.header = limits.body = limits.write = std::chrono::milliseconds(30);
  return limits;
}

}  // namespace

TEST_CASE("server: requests of one connection are answered in order, sent one by one or all at once") {
  Served served;
  const auto fd = served.connect_unix();
  const auto all = served.exchange(fd, std::string(get) + post(3) + "{} " + last_get);
  CHECK(served.answered == 3);
  const auto second = all.find("{\"method\":\"POST\",\"path\":\"api/experiments\",\"body\":3}");
  const auto third = all.find("{\"method\":\"GET\",\"path\":\"last\",\"body\":0}");
  CHECK(all.find("{\"method\":\"GET\",\"path\":\"a/b\",\"body\":0}") < second);
  CHECK(second < third);
  CHECK(third != std::string::npos);
}

TEST_CASE("server: every response keeps a page to itself") {
  Served served;
  for (const auto& response : {served.exchange(served.connect_unix(), last_get),
                               served.exchange(served.connect_tcp(), "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
                               served.exchange(served.connect_unix(), "nonsense\r\n\r\n"),
                               served.exchange(served.connect_tcp(), "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")}) {
    INFO(response);
    for (const auto* header :
         {"X-Content-Type-Options: nosniff\r\n", "X-Frame-Options: DENY\r\n", "Referrer-Policy: no-referrer\r\n",
          "Cross-Origin-Resource-Policy: same-origin\r\n", "Cross-Origin-Opener-Policy: same-origin\r\n", "Cache-Control: no-store\r\n",
          "Content-Security-Policy: default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
          "base-uri 'none'; form-action 'self'; frame-ancestors 'none'\r\n"})
      CHECK(response.find(header) != std::string::npos);
  }
}

TEST_CASE("server: what is too large is refused by name of the limit") {
  ServerLimits limits;
  limits.header_bytes = 1000;
  limits.body_bytes = 100;
  Served served(limits);
  const auto refused = [&](const std::string& bytes) { return served.exchange(served.connect_unix(), bytes); };
  const auto header = refused("GET / HTTP/1.1\r\nHost: klabd\r\nX: " + std::string(5000, 'x') + "\r\n\r\n");
  CHECK(status_line(header) == "HTTP/1.1 431 Request Header Fields Too Large");
  CHECK(body_of_response(header) == error_body("cannot read the request: its header has more than 1000 bytes"));
  const std::string too_large = error_body("cannot read the request: its body has more than 100 bytes");
  const auto announced = refused(post(101));
  CHECK(status_line(announced) == "HTTP/1.1 413 Payload Too Large");
  CHECK(body_of_response(announced) == too_large);
  CHECK(body_of_response(refused(post(101) + std::string(101, 'x'))) == too_large);
  CHECK(body_of_response(refused(post(18446744073709551615ull))) == too_large);
  const auto chunked =
      "POST / HTTP/1.1\r\nHost: klabd\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n" +
      std::string(64, 'x') + "\r\n40\r\n" + std::string(64, 'x') + "\r\n0\r\n\r\n";
  CHECK(body_of_response(refused(chunked)) == too_large);
  CHECK(served.answered == 0);
  const auto fits = refused(post(100, "Connection: close\r\n") + std::string(100, 'x'));
  CHECK(body_of_response(fits) == "{\"method\":\"POST\",\"path\":\"api/experiments\",\"body\":100}");
}

TEST_CASE("server: what is no HTTP is told so and not read on") {
  Served served;
  const auto answer = [&](std::string_view bytes) { return served.exchange(served.connect_unix(), bytes); };
  for (const std::string garbage : {"\x16\x03\x01\x02\x03\x01\x02\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
                                    "GET / HTTP/1.1\r\nHost klabd\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
                                    "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"}) {
    INFO(printable(garbage));
    const auto response = answer(garbage + get);
    CHECK(status_line(response) == "HTTP/1.1 400 Bad Request");
    CHECK(body_of_response(response).starts_with("{\"error\":\"cannot read the request: "));
  }
  CHECK(served.answered == 0);
  // Behind a good request too: that one is answered, and nothing after the garbage.
  const auto mixed = answer(std::string(get) + "garbage\r\n\r\n" + get);
  CHECK(served.answered == 1);
  CHECK(mixed.find("HTTP/1.1 200 OK") == 0);
  CHECK(mixed.find("HTTP/1.1 400 Bad Request") != std::string::npos);
}

TEST_CASE("server: targets that leave their place are malformed") {
  Served served;
  for (const char* target : {"/../etc/passwd", "/api/%2e%2e/x", "/api/..%2f..%2fetc", "/api/%2E./x", "/a%00b", "/a%5cb", "/%0d%0aSet-Cookie:x",
                             "/%ff", "/a/./b"}) {
    INFO(target);
    const auto response =
        served.exchange(served.connect_unix(), fmt::format("GET {} HTTP/1.1\r\nHost: klabd\r\nConnection: close\r\n\r\n", target));
    CHECK(status_line(response) == "HTTP/1.1 400 Bad Request");
    CHECK(body_of_response(response) == error_body("cannot read the request: its target is malformed"));
  }
  CHECK(served.answered == 0);
  // Decoded once: what is left is a name with percent signs, which no route knows.
  const auto twice = served.exchange(served.connect_unix(), "GET /%252e%252e HTTP/1.1\r\nHost: klabd\r\nConnection: close\r\n\r\n");
  CHECK(body_of_response(twice) == "{\"method\":\"GET\",\"path\":\"%2e%2e\",\"body\":0}");
}

TEST_CASE("server: slow clients are cut, whatever they are slow at") {
  Served served(hasty());
  const auto closed = [&](std::string_view bytes) { return served.exchange(served.connect_unix(), bytes); };
  CHECK(closed("").empty());
  CHECK(closed("GET / HTTP/1.1\r\nHost: kla").empty());
  CHECK(closed(post(100) + "{").empty());
  CHECK(served.answered == 0);
  // Idle after an answer.
  CHECK(status_line(closed(get)) == "HTTP/1.1 200 OK");
  CHECK(served.answered == 1);
}

TEST_CASE("server: a client that does not read its answer is cut") {
  Served served(hasty());
  const auto fd = served.connect_unix();
  const int small = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  // Answers fill the pipe until a write takes too long; then nothing more is answered.
  std::string many;
  for (int i = 0; i < 20000; ++i) many += get;
  int before = -1;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::string_view rest = many;
  while (std::chrono::steady_clock::now() < end) {
    const auto n = ::send(fd.get(), rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0) rest.remove_prefix(static_cast<std::size_t>(n));
    if (n < 0 && (errno == EPIPE || errno == ECONNRESET)) break;
    served.reactor.run_one_for(std::chrono::milliseconds(1));
    before = served.answered;
  }
  CHECK(before > 0);
  CHECK(before < 20000);
  CHECK(std::chrono::steady_clock::now() < end);
}

TEST_CASE("server: answers that readers do not read are not kept without end") {
  ServerLimits limits;
  limits.unread_bytes = 40u << 20;
  Served served(limits);
  served.padding = 16u << 20;
  const std::string page = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  const auto one = served.connect_tcp(), two = served.connect_tcp();
  for (const auto* fd : {&one, &two}) Served::send(*fd, page);
  while (served.answered < 2) served.reactor.run_one_for(std::chrono::milliseconds(1));
  const auto refused = served.exchange(served.connect_tcp(), page);
  CHECK(status_line(refused) == "HTTP/1.1 503 Service Unavailable");
  CHECK(body_of_response(refused) ==
        "{\"error\":\"klabd has as many answers under way as it may: try again in a minute\",\"tail\":\"\",\"kind\":\"lab\"}");
  // Whose lab it is gets an answer, and what is small gets one.
  CHECK(served.exchange(served.connect_unix(), last_get).size() > 16u << 20);
  served.padding = 0;
  CHECK(status_line(served.exchange(served.connect_tcp(), page)) == "HTTP/1.1 200 OK");
  // Read, and there is room again.
  CHECK(served.until_closed(one).size() > 16u << 20);
  served.padding = 16u << 20;
  CHECK(served.exchange(served.connect_tcp(), page).size() > 16u << 20);
}

TEST_CASE("server: connections beyond the limit hear so, and readers of pages do not take the socket's") {
  ServerLimits limits;
  limits.connections = 2;
  Served served(limits);
  const auto one = served.connect_unix(), two = served.connect_unix();
  const auto refused = served.until_closed(served.connect_unix());
  CHECK(status_line(refused) == "HTTP/1.1 503 Service Unavailable");
  CHECK(body_of_response(refused) ==
        "{\"error\":\"cannot answer: 2 connections are open already; try again later\",\"tail\":\"\",\"kind\":\"lab\"}");
  const auto page = served.exchange(served.connect_tcp(), "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  CHECK(status_line(page) == "HTTP/1.1 200 OK");
  CHECK(status_line(served.exchange(one, last_get)) == "HTTP/1.1 200 OK");
  CHECK(status_line(served.exchange(served.connect_unix(), last_get)) == "HTTP/1.1 200 OK");
}

TEST_CASE("server: a file that is no socket is not taken away") {
  Served served;
  Config config = served.config;
  config.pages.clear();
  config.socket = served.directory.path() / "precious";
  write_file_atomic(config.socket, "x").value();
  Server other(served.reactor.get_executor(), [](ApiRequest) -> boost::asio::awaitable<ApiResponse> { co_return ApiResponse{}; },
               config, {});
  const auto started = other.start();
  REQUIRE(started.has_error());
  CHECK(started.error().message ==
        fmt::format("cannot listen on \"{}\": something else than a socket is there; set daemon.socket", config.socket.string()));
  CHECK(read_file(config.socket).value() == "x");
  config.socket = served.config.socket;
  Server second(served.reactor.get_executor(), [](ApiRequest) -> boost::asio::awaitable<ApiResponse> { co_return ApiResponse{}; },
                config, {});
  const auto again = second.start();
  REQUIRE(again.has_error());
  CHECK(again.error().message == fmt::format("cannot listen on \"{}\": another klabd answers there", config.socket.string()));
}
