// SPDX-License-Identifier: GPL-3.0-or-later
// Consoles that do not come through the BMC.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>

#include "machine/ipmi/fd_line.hpp"

namespace klab {
namespace asio = boost::asio;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
namespace {

constexpr std::chrono::seconds connect_limit{10};

// A console server, or anything else that gives a serial line on a TCP port.
class TelnetLine : public FdLine {
 public:
  TelnetLine(asio::any_io_executor executor, HostSpec host) : FdLine(executor), executor_(executor), host_(std::move(host)) {}

  asio::awaitable<Result<void>> open() override {
    const auto colon = host_.console_target.rfind(':');
    const std::string name = host_.console_target.substr(0, colon), port = host_.console_target.substr(colon + 1);
    const auto resolver = std::make_shared<asio::ip::tcp::resolver>(executor_);
    const auto socket = std::make_shared<asio::ip::tcp::socket>(executor_);
    asio::steady_timer limit(executor_, connect_limit);
    limit.async_wait([resolver, socket](boost::system::error_code error) {
      if (error) return;
      resolver->cancel();
      boost::system::error_code ignored;
      socket->close(ignored);
    });
    auto [unknown, places] = co_await resolver->async_resolve(name, port, as_result);
    if (unknown) co_return failed(unknown);
    auto [error, place] = co_await asio::async_connect(*socket, places, as_result);
    if (error) co_return failed(error);
    limit.cancel();
    descriptor_.assign(socket->release());
    co_return Result<void>{};
  }

  asio::awaitable<Result<std::string>> read() override {
    for (;;) {
      auto bytes = co_await FdLine::read();
      if (!bytes) co_return bytes;
      auto text = filter_.take(*bytes);
      auto answer = filter_.answer();
      if (!answer.empty()) co_await FdLine::write(std::move(answer));
      if (!text.empty()) co_return text;
    }
  }

 private:
  Error failed(const boost::system::error_code& error) const {
    return lab_error("cannot open the console of host \"{}\" at {}: {}", host_.name, host_.console_target, error.message());
  }
  asio::any_io_executor executor_;
  const HostSpec host_;
  TelnetFilter filter_;
};

speed_t speed_of(int bauds) {
  switch (bauds) {
    case 9600: return B9600;
    case 19200: return B19200;
    case 38400: return B38400;
    case 57600: return B57600;
    case 230400: return B230400;
    case 460800: return B460800;
    case 921600: return B921600;
    case 1500000: return B1500000;
    default: return B115200;
  }
}

class SerialLine : public FdLine {
 public:
  SerialLine(asio::any_io_executor executor, HostSpec host, int speed) : FdLine(executor), host_(std::move(host)), speed_(speed) {}

  asio::awaitable<Result<void>> open() override {
    const int fd = ::open(host_.console_target.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
      co_return lab_error("cannot open the console of host \"{}\": \"{}\": {}", host_.name, host_.console_target, std::strerror(errno));
    termios line = {};
    if (::tcgetattr(fd, &line) == 0) {
      ::cfmakeraw(&line);
      line.c_cflag |= CLOCAL | CREAD;
      ::cfsetspeed(&line, speed_of(speed_));
      ::tcsetattr(fd, TCSANOW, &line);
    }
    descriptor_.assign(fd);
    co_return Result<void>{};
  }

 private:
  const HostSpec host_;
  const int speed_;
};

// conserver's own client, which knows its protocol and its access rules.
class ConserverLine : public FdLine {
 public:
  ConserverLine(asio::any_io_executor executor, HostSpec host) : FdLine(executor), host_(std::move(host)) {}
  ~ConserverLine() override { close(); }

  asio::awaitable<Result<void>> open() override {
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
      co_return lab_error("cannot open the console of host \"{}\": {}", host_.name, std::strerror(errno));
    const auto at = host_.console_target.find('@');
    std::vector<std::string> words{"console", "-f"};
    if (at != std::string::npos) words.insert(words.end(), {"-M", host_.console_target.substr(at + 1)});
    words.push_back(host_.console_target.substr(0, at));
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&attributes);
    for (const int fd : {0, 1, 2}) ::posix_spawn_file_actions_adddup2(&files, pair[1], fd);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    const int error = ::posix_spawnp(&child_, argv[0], &files, &attributes, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
    ::close(pair[1]);
    if (error != 0) {
      ::close(pair[0]);
      child_ = 0;
      co_return input_error("cannot open the console of host \"{}\": cannot run conserver's client \"console\": {}; install the package "
                            "conserver-client",
                            host_.name, std::strerror(error));
    }
    descriptor_.assign(pair[0]);
    co_return Result<void>{};
  }

  void close() override {
    shut();
    if (child_ > 0) {
      ::kill(-child_, SIGKILL);
      ::waitpid(child_, nullptr, 0);
    }
    child_ = 0;
  }

 protected:
  std::string why_ended() override { return "conserver's client ended"; }

 private:
  const HostSpec host_;
  pid_t child_ = 0;
};

}  // namespace

std::unique_ptr<ConsoleLine> make_console_line(asio::any_io_executor executor, const HostSpec& host, int speed, asio::thread_pool& workers) {
  switch (host.console) {
    case ConsoleWay::sol: return make_sol_line(std::move(executor), host, workers);
    case ConsoleWay::telnet: return std::make_unique<TelnetLine>(std::move(executor), host);
    case ConsoleWay::conserver: return std::make_unique<ConserverLine>(std::move(executor), host);
    case ConsoleWay::serial: return std::make_unique<SerialLine>(std::move(executor), host, speed);
  }
  return nullptr;
}

}  // namespace klab
