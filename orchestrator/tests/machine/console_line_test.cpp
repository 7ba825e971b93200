// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/ipmi/console_line.hpp"

#include <fcntl.h>
#include <pty.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/error_words.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "machine/ipmi/fd_line.hpp"
#include "machine/virtual_time.hpp"
#include "util/fd.hpp"
#include "util/file.hpp"

using namespace klab;
namespace asio = boost::asio;

namespace {

// Opens the line, sends a word, and reads until it ends or `enough` bytes have come.
asio::awaitable<Result<std::string>> talk(ConsoleLine& line, std::string word, std::size_t enough) {
  auto opened = co_await line.open();
  if (!opened) co_return opened.error();
  auto sent = co_await line.write(std::move(word));
  if (!sent) co_return sent.error();
  std::string heard;
  while (heard.size() < enough) {
    auto bytes = co_await line.read();
    if (!bytes) co_return heard + "[" + bytes.error().message + "]";
    heard += *bytes;
  }
  co_return heard;
}

// One end of a pair of sockets; the other takes nothing until somebody reads there.
class PairLine : public FdLine {
 public:
  PairLine(asio::io_context& io, int fd) : FdLine(io.get_executor()) { descriptor_.assign(fd); }
  asio::awaitable<Result<void>> open() override { co_return Result<void>{}; }
};

struct Lines {
  std::unique_ptr<ConsoleLine> make(ConsoleWay way, std::string target) {
    host.name = "h";
    host.console = way;
    host.console_target = std::move(target);
    return make_console_line(io.get_executor(), host, 115200, workers);
  }
  ~Lines() { workers.join(); }
  asio::io_context io;
  asio::thread_pool workers{1};
  HostSpec host;
};

}  // namespace

TEST_CASE("a console server's line carries both ways, without telnet's own bytes") {
  Lines lines;
  asio::ip::tcp::acceptor acceptor(lines.io, {asio::ip::make_address("127.0.0.1"), 0});
  std::string from_klab(8, '\0');
  auto server = [&]() -> asio::awaitable<void> {
    auto socket = co_await acceptor.async_accept(asio::use_awaitable);
    co_await asio::async_write(socket, asio::buffer(std::string_view("\xff\xfb\x01login: ", 10)), asio::use_awaitable);
    co_await asio::async_read(socket, asio::buffer(from_klab), asio::use_awaitable);
  };
  asio::co_spawn(lines.io, server(), [](std::exception_ptr) {});
  auto line = lines.make(ConsoleWay::telnet, fmt::format("127.0.0.1:{}", acceptor.local_endpoint().port()));
  CHECK(test::run(lines.io, talk(*line, "reset", 1000)).value() == "login: [the line was closed]");
  CHECK(from_klab == "reset\xff\xfe\x01");
  auto nobody = lines.make(ConsoleWay::telnet, "127.0.0.1:1");
  CHECK(test::run(lines.io, talk(*nobody, "x", 1)).error().message ==
        "cannot open the console of host \"h\" at 127.0.0.1:1: Connection refused");
}

TEST_CASE("a serial line is set raw and carries both ways") {
  Lines lines;
  int master = -1, slave = -1;
  char name[64];
  REQUIRE(::openpty(&master, &slave, name, nullptr, nullptr) == 0);
  const UniqueFd host_side(master), kept_open(slave);
  auto line = lines.make(ConsoleWay::serial, name);
  auto both_ways = [&]() -> asio::awaitable<Result<std::string>> {
    auto opened = co_await line->open();
    if (!opened) co_return opened.error();
    if (::write(host_side.get(), "a\r\nb", 4) != 4) co_return lab_error("the host cannot write");
    auto sent = co_await line->write("\x03xyz");
    if (!sent) co_return sent.error();
    std::string heard;
    while (heard.size() < 4) heard += (co_await line->read()).value();
    co_return heard;
  };
  CHECK(test::run(lines.io, both_ways()).value() == "a\r\nb");
  char got[5] = {};
  CHECK(::read(host_side.get(), got, 4) == 4);
  CHECK(std::string(got) == "\x03xyz");
  auto nothing = lines.make(ConsoleWay::serial, "/dev/no-such-line");
  CHECK(test::run(lines.io, talk(*nothing, "x", 1)).error().message ==
        "cannot open the console of host \"h\": \"/dev/no-such-line\": No such file or directory");
}

TEST_CASE("conserver's client is given the console's name and its server, and ends with the line") {
  Lines lines;
  const auto folder = TemporaryDirectory::create("/tmp", "klab-conserver").value();
  const auto client = folder.path() / "console";
  REQUIRE(write_file_atomic(client, "#!/bin/sh\nread -r word\necho \"$* said $word\"\nsleep 1000\n"));
  ::chmod(client.c_str(), 0755);
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", (folder.path().string() + ":" + path).c_str(), 1);
  auto line = lines.make(ConsoleWay::conserver, "h.lab@console.example.org");
  CHECK(test::run(lines.io, talk(*line, "hello\n", 10)).value() == "-f -M console.example.org h.lab said hello\n");
  line->close();  // would wait for ever for a client that is not killed
  ::setenv("PATH", "/nowhere", 1);
  auto missing = lines.make(ConsoleWay::conserver, "h");
  const auto refused = test::run(lines.io, talk(*missing, "x", 1));
  ::setenv("PATH", path.c_str(), 1);
  CHECK(refused.error().kind == ErrorKind::input);
  CHECK(refused.error().message ==
        "cannot open the console of host \"h\": cannot run conserver's client \"console\": No such file or directory; install the package "
        "conserver-client");
}

TEST_CASE("what is written while a line takes nothing follows whole, and is bounded") {
  asio::io_context io;
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  PairLine line(io, ends[0]);
  asio::posix::stream_descriptor host(io, ends[1]);
  const std::string much(4 << 20, 'a');
  std::vector<std::string> outcomes;
  const auto write = [&](std::string bytes) {
    auto job = line.write(std::move(bytes));
    asio::co_spawn(io, std::move(job), [&](std::exception_ptr thrown, Result<void> written) {
      if (thrown) std::rethrow_exception(thrown);
      outcomes.push_back(written ? "written" : written.error().message);
    });
  };
  write(much);
  write("first ");
  write(std::string(5000, 'b'));
  write("second");
  io.poll();
  CHECK(outcomes == std::vector<std::string>{"written", "the line does not take what is written to it", "written"});
  std::string heard(much.size() + 12, '\0');
  asio::async_read(host, asio::buffer(heard), [](boost::system::error_code error, std::size_t) { CHECK_FALSE(error); });
  io.run();
  CHECK(heard.find_first_not_of('a') == much.size());
  CHECK(heard.substr(much.size()) == "first second");
  CHECK(outcomes.size() == 4);
}
