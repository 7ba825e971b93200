// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/netboot_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include "support/error_words.hpp"

#include <catch2/catch.hpp>
#include <future>
#include <thread>

#include "util/fd.hpp"
#include "util/file.hpp"

using namespace klab;

namespace {

struct Heard : NetbootEvents {
  void script_asked(const std::string& peer) override { log += "script " + peer + "; "; }
  void file_progress(std::string_view name, std::uint64_t sent, std::uint64_t size, bool whole) override {
    if (whole) log += fmt::format("{} {} of {}; ", name, sent, size);
  }
  Result<std::uint64_t> results_posted(std::string_view body) override {
    if (body == "bad\n") return failed_error("cannot read results: damaged");
    posted += body;
    return 7;
  }
  void refused(const std::string& why) override { log += "refused " + why + "; "; }
  std::string log, posted;
};

// A server on a thread of its own; requests are made with plain sockets, as a boot loader makes them.
struct Netboot {
  Netboot() : folder(TemporaryDirectory::create("/tmp", "klab-netboot").value()) {
    UniqueFd probe(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    REQUIRE(::bind(probe.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::getsockname(probe.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port = ntohs(address.sin_port);
    probe.reset();
    for (int i = 0; i < 300'000; ++i) kernel += static_cast<char>('a' + i % 23);
    REQUIRE(write_file_atomic(folder.path() / "kernel", kernel));
    REQUIRE(write_file_atomic(folder.path() / "initramfs", "an archive"));
    server = std::make_unique<NetbootServer>(reactor.get_executor(), board, fmt::format("127.0.0.1:{}", port));
    REQUIRE(server->start());
    thread = std::thread([this] { reactor.run(); });
  }
  ~Netboot() {
    boost::asio::post(reactor, [this] { server->stop(); });
    thread.join();
  }

  static sockaddr_in loopback(int port, const char* own = "127.0.0.1") {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    ::inet_pton(AF_INET, own, &address.sin_addr);
    return address;
  }

  void offer() {
    std::promise<void> done;
    boost::asio::post(reactor, [&] {
      board.offer("t0ken", {"host1", "52:54:00:00:00:01", "boot 1", folder.path() / "kernel", folder.path() / "initramfs", "quiet"}, events);
      done.set_value();
    });
    done.get_future().wait();
  }
  void withdraw() {
    std::promise<void> done;
    boost::asio::post(reactor, [&] {
      board.withdraw("t0ken");
      done.set_value();
    });
    done.get_future().wait();
  }

  // The whole answer; `from` is the address the request comes from.
  std::string ask(const std::string& head, const std::string& body = {}, const char* from = "127.0.0.1") const {
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in own = loopback(0, from), there = loopback(port);
    REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&own), sizeof own) == 0);
    REQUIRE(::connect(fd.get(), reinterpret_cast<sockaddr*>(&there), sizeof there) == 0);
    std::string request = head + "\r\nHost: x\r\nConnection: close\r\n";
    if (!body.empty()) request += fmt::format("Content-Length: {}\r\n", body.size());
    request += "\r\n" + body;
    REQUIRE(::send(fd.get(), request.data(), request.size(), 0) == static_cast<ssize_t>(request.size()));
    std::string answer(1 << 20, '\0');
    std::size_t size = 0;
    for (ssize_t got; (got = ::recv(fd.get(), answer.data() + size, answer.size() - size, 0)) > 0;) size += static_cast<std::size_t>(got);
    answer.resize(size);
    return answer;
  }
  static std::string body_of(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }
  static std::string status_of(const std::string& answer) { return answer.substr(9, 3); }

  TemporaryDirectory folder;
  std::string kernel;
  int port = 0;
  boost::asio::io_context reactor;
  NetbootBoard board;
  Heard events;
  std::unique_ptr<NetbootServer> server;
  std::thread thread;
};

}  // namespace

TEST_CASE("a host with a pending boot gets its script, kernel, initramfs, and gives its results") {
  Netboot n;
  CHECK(n.status_of(n.ask("GET /netboot/52-54-00-00-00-01 HTTP/1.1")) == "404");
  n.offer();
  const auto first = n.ask("GET /netboot/boot.ipxe HTTP/1.1");
  CHECK(n.body_of(first) == fmt::format("#!ipxe\nchain http://127.0.0.1:{}/netboot/${{netX/mac:hexhyp}} || exit 1\n", n.port));
  const auto script = n.body_of(n.ask("GET /netboot/52-54-00-00-00-01 HTTP/1.1"));
  CHECK(script.find(fmt::format("kernel http://127.0.0.1:{}/netboot/t0ken/kernel ", n.port)) != std::string::npos);
  const auto kernel = n.ask("GET /netboot/t0ken/kernel HTTP/1.1");
  CHECK(n.status_of(kernel) == "200");
  CHECK(kernel.find("Content-Length: 300000\r\n") != std::string::npos);
  CHECK(n.body_of(kernel) == n.kernel);
  CHECK(n.body_of(n.ask("GET /netboot/t0ken/initramfs HTTP/1.1")) == "an archive");
  const auto result = n.ask("POST /netboot/t0ken/results HTTP/1.1", "frames\n");
  CHECK(n.status_of(result) == "200");
  CHECK(n.body_of(result) == "next 7\n");
  CHECK(n.status_of(n.ask("POST /netboot/t0ken/results HTTP/1.1", "bad\n")) == "409");
  n.withdraw();
  CHECK(n.status_of(n.ask("POST /netboot/t0ken/results HTTP/1.1", "late\n")) == "404");
  CHECK(n.events.posted == "frames\n");
  CHECK(n.events.log == "script 127.0.0.1; kernel 300000 of 300000; initramfs 10 of 10; ");
}

TEST_CASE("ranges and heads have the right lengths") {
  Netboot n;
  n.offer();
  n.ask("GET /netboot/52:54:00:00:00:01 HTTP/1.1");
  const auto head = n.ask("HEAD /netboot/t0ken/kernel HTTP/1.1");
  CHECK(head.find("Content-Length: 300000\r\n") != std::string::npos);
  CHECK(n.body_of(head).empty());
  const auto part = n.ask("GET /netboot/t0ken/kernel HTTP/1.1\r\nRange: bytes=100-199");
  CHECK(n.status_of(part) == "206");
  CHECK(part.find("Content-Range: bytes 100-199/300000\r\n") != std::string::npos);
  CHECK(part.find("Content-Length: 100\r\n") != std::string::npos);
  CHECK(n.body_of(part) == n.kernel.substr(100, 100));
  const auto rest = n.ask("GET /netboot/t0ken/kernel HTTP/1.1\r\nRange: bytes=-5");
  CHECK(n.body_of(rest) == n.kernel.substr(n.kernel.size() - 5));
  const auto beyond = n.ask("GET /netboot/t0ken/kernel HTTP/1.1\r\nRange: bytes=300000-");
  CHECK(n.status_of(beyond) == "416");
  CHECK(beyond.find("Content-Range: bytes */300000\r\n") != std::string::npos);
}

TEST_CASE("nobody but the host that asked for the script is served, and whoever tries is noted") {
  Netboot n;
  n.offer();
  CHECK(n.status_of(n.ask("GET /netboot/t0ken/kernel HTTP/1.1")) == "403");  // before any script
  n.ask("GET /netboot/52-54-00-00-00-01 HTTP/1.1");
  CHECK(n.status_of(n.ask("POST /netboot/t0ken/results HTTP/1.1", "frames\n", "127.0.0.2")) == "403");
  CHECK(n.events.posted.empty());
  // Whoever asks for the script of a boot that has begun gets neither it nor the boot.
  CHECK(n.status_of(n.ask("GET /netboot/52-54-00-00-00-01 HTTP/1.1", {}, "127.0.0.2")) == "403");
  CHECK(n.status_of(n.ask("GET /netboot/t0ken/initramfs HTTP/1.1")) == "200");
  n.withdraw();  // the server's thread may still write down what it did after the last byte
  CHECK(n.events.log.find("script 127.0.0.2") == std::string::npos);
  CHECK(n.events.log.find("refused a result of 127.0.0.2, which is not the host this boot is for (127.0.0.1)") != std::string::npos);
}

TEST_CASE("everything else is not there") {
  Netboot n;
  n.offer();
  for (const char* target : {"/", "/netboot", "/netboot/", "/netboot/52-54-00-00-00-02", "/netboot/other/kernel", "/netboot/t0ken/kernel/x",
                             "/api/experiments", "/netboot/..", "/netboot/t0ken/%2e%2e"}) {
    CAPTURE(target);
    const auto status = n.status_of(n.ask(fmt::format("GET {} HTTP/1.1", target)));
    CHECK((status == "404" || status == "403"));
  }
  CHECK(n.status_of(n.ask("DELETE /netboot/t0ken/kernel HTTP/1.1")) != "200");
}

TEST_CASE("a range field is honoured, ignored or unsatisfiable, as HTTP has it") {
  const auto range = [](std::string_view field, std::uint64_t size) -> std::string {
    const auto parsed = parse_range(field, size);
    if (!parsed) return "ignored";
    return parsed->first > parsed->last ? "unsatisfiable" : fmt::format("{}-{}", parsed->first, parsed->last);
  };
  CHECK(range("bytes=0-0", 10) == "0-0");
  CHECK(range("bytes=5-", 10) == "5-9");
  CHECK(range("bytes=5-99", 10) == "5-9");
  CHECK(range("bytes=-3", 10) == "7-9");
  CHECK(range("bytes=-99", 10) == "0-9");
  CHECK(range("bytes=10-", 10) == "unsatisfiable");
  CHECK(range("bytes=-0", 10) == "unsatisfiable");
  CHECK(range("bytes=0-1,3-4", 10) == "ignored");
  CHECK(range("bytes=4-2", 10) == "ignored");
  CHECK(range("bytes=-", 10) == "ignored");
  CHECK(range("lines=1-2", 10) == "ignored");
  CHECK(range("bytes=99999999999999999999-", 10) == "ignored");
}
