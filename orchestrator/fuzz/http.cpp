// SPDX-License-Identifier: GPL-3.0-or-later
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <charconv>
#include <cstring>

#include "api/server.hpp"
#include "fuzz/target.hpp"
#include "util/fd.hpp"
#include "util/file.hpp"
#include "util/text.hpp"

namespace klab::fuzz {
namespace {

// klabd without its main(): the real server, routes and an empty database, on sockets in this thread.
struct Daemon {
  Daemon()
      : directory(TemporaryDirectory::create(std::filesystem::temp_directory_path(), "klab-fuzz-").value()),
        config(make_config(directory.path())),
        database(Database::open(config.database()).value()),
        experiments(database),
        builds(database),
        boots(database),
        hosts(database),
        nights(database),
        trends(database),
        trees(config.cache),
        builder(builder_options(config), trees),
        bell(reactor.get_executor()),
        lab{config, experiments, builds, boots, hosts, nights, trends, trees, builder, machines, workers, bell, [] { return 1e9; }},
        board(reactor.get_executor()),
        queue(lab, board, reactor.get_executor()),
        routes(lab, board, queue),
        server(reactor.get_executor(), [this](ApiRequest request) { return routes.answer(std::move(request)); }, config, limits()) {
    server.start().value();
  }

  static Config make_config(const std::filesystem::path& place) {
    ConfigEnvironment environment;
    environment.home = place;
    environment.share = "/nonexistent";
    Config config = default_config(environment);
    config.state = place;
    config.cache = place / "cache";
    config.socket = place / "s";
    return config;
  }
  static ServerLimits limits() {
    ServerLimits limits;
    limits.header_bytes = 1024;
    limits.body_bytes = 2048;
    return limits;
  }

  TemporaryDirectory directory;
  Config config;
  Database database;
  boost::asio::thread_pool workers{1};
  boost::asio::io_context reactor{1};
  ExperimentStore experiments;
  BuildStore builds;
  BootStore boots;
  HostStore hosts;
  NightStore nights;
  TrendStore trends;
  TreeStore trees;
  KernelBuilder builder;
  std::map<std::string, std::unique_ptr<Machine>> machines;
  Bell bell;
  Lab lab;
  ProgressBoard board;
  Queue queue;
  Routes routes;
  Server server;
};

std::string converse(Daemon& daemon, std::string_view input) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, daemon.config.socket.c_str(), sizeof address.sun_path - 1);
  hold(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "the server does not listen");
  hold(::send(fd.get(), input.data(), input.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(input.size()), "the pipe is full");
  ::shutdown(fd.get(), SHUT_WR);
  std::string received;
  char buffer[65536];
  for (int rounds = 0; rounds < 10'000; ++rounds) {
    daemon.reactor.restart();
    daemon.reactor.poll();
    const auto n = ::recv(fd.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (n > 0) received.append(buffer, static_cast<std::size_t>(n));
    else if (n == 0 || errno != EAGAIN) return received;
    else if (rounds > 50) daemon.reactor.run_one_for(std::chrono::milliseconds(10));  // a plan is being made
  }
  hold(false, "the server does not close a connection whose client has nothing more to say");
  return received;
}

// Takes one response from the front.
void take_response(std::string_view& rest) {
  const auto head_end = rest.find("\r\n\r\n");
  hold(rest.starts_with("HTTP/1.") && head_end != rest.npos, "no response: {}", printable(rest.substr(0, 100)));
  const auto head = rest.substr(0, head_end + 2);
  const auto body = rest.substr(head_end + 4);
  int status = 0;
  std::from_chars(head.data() + 9, head.data() + 12, status);
  hold(status >= 200 && status < 500, "status {}: {}", status, printable(body.substr(0, 300)));
  hold(head.find("X-Content-Type-Options: nosniff\r\n") != head.npos, "a response without its guards");
  const auto at = head.find("Content-Length: ");
  std::size_t length = 0;
  hold(at != head.npos, "a response without a length");
  std::from_chars(head.data() + at + 16, head.data() + head.size(), length);
  hold(length <= body.size(), "{} of {} bytes came", body.size(), length);
  const auto content = body.substr(0, length);
  if (head.find("Content-Type: application/json\r\n") != head.npos) {
    boost::system::error_code error;
    const auto value = boost::json::parse({content.data(), content.size()}, error);
    hold(!error && value.is_object(), "not JSON: {}", printable(content));
    hold(status == 200 || status == 201 || !value.at("error").as_string().empty(), "an error without a message");
  }
  hold(content == printable_lines(content), "a response that is not printable: {}", printable(content));
  rest.remove_prefix(head_end + 4 + length);
}

}  // namespace

void http(std::string_view input) {
  static Daemon daemon;
  if (input.size() > 16 * 1024) return;
  const std::string received = converse(daemon, input);
  std::size_t responses = 0;
  for (std::string_view rest = received; !rest.empty(); ++responses) take_response(rest);
  hold(responses <= input.size() / 4 + 1, "{} responses to {} bytes", responses, input.size());
}

}  // namespace klab::fuzz
