// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/client.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <charconv>

#include "cli/json_read.hpp"

namespace klab::cli {
namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;
using boost::system::error_code;
namespace {

constexpr std::uint64_t largest_answer = 1u << 30;  // the console of a boot may be configured to be this long

Error unreachable(const std::filesystem::path& socket, const std::string& cause) {
  return lab_error("cannot reach klabd at \"{}\": {}; start it with ./lab up", socket.string(), cause);
}

Error interrupt() { return make_error(ErrorKind::stopped, "interrupted"); }

// {"error", "tail", "kind"} of the daemon's answer.
Error answered_error(int status, const std::string& body) {
  error_code ec;
  const auto value = json::parse(body, ec);
  const auto& object = ec ? as_object(json::value()) : as_object(value);
  Error error{ErrorKind::lab, text(object, "error"), lines(object, "tail")};
  if (error.message.empty())
    error.message =
        fmt::format("cannot use the answer of klabd: HTTP status {} without an explanation", status);
  const auto kind = text(object, "kind");
  // Who may not write has made no mistake in the command line.
  if (kind == "input" && status != 403) error.kind = ErrorKind::input;
  if (kind == "failed") error.kind = ErrorKind::failed;
  if (kind == "stopped") error.kind = ErrorKind::stopped;
  return error;
}

}  // namespace

Client::Client(std::filesystem::path socket) : socket_(std::move(socket)) {}

void Client::detach_on_interrupt() {
  if (signals_) return;
  signals_.emplace(io_, SIGINT, SIGTERM);
  signals_->async_wait([this](error_code ec, int) {
    if (ec) return;
    interrupted_ = true;
    if (cancel_) cancel_();
  });
}

void Client::pause(std::chrono::milliseconds duration) {
  if (interrupted_) return;
  asio::steady_timer timer(io_, duration);
  bool over = false;
  timer.async_wait([&](error_code) { over = true; });
  cancel_ = [&] { timer.cancel(); };
  io_.restart();
  while (!over) io_.run_one();
  cancel_ = nullptr;
}

Result<Reply> Client::get(std::string_view target) { return request(false, target, {}); }
Result<Reply> Client::post(std::string_view target, std::string body) {
  return request(true, target, std::move(body));
}

Result<Reply> Client::request(bool is_post, std::string_view target, std::string body) {
  if (interrupted_) return interrupt();
  if (socket_.string().size() >= sizeof(sockaddr_un::sun_path))
    return unreachable(socket_, "the path is longer than a socket's may be");

  asio::local::stream_protocol::socket stream(io_);
  bool timed_out = false;
  bool leaving = false;
  bool tick_under_way = true;
  asio::steady_timer tick(io_);
  const auto deadline = std::chrono::steady_clock::now() + limit_;
  std::function<void(error_code)> on_tick = [&](error_code ec) {
    tick_under_way = false;
    if (ec || leaving) return;
    if (std::chrono::steady_clock::now() >= deadline) {
      timed_out = true;
      error_code ignored;
      stream.close(ignored);
      return;
    }
    if (each_second_) each_second_();
    tick_under_way = true;
    tick.expires_after(std::chrono::seconds(1));
    tick.async_wait(on_tick);
  };
  tick.expires_after(std::chrono::seconds(1));
  tick.async_wait(on_tick);
  cancel_ = [&] {
    error_code ignored;
    stream.close(ignored);
  };
  io_.restart();

  // One operation at a time, while timer and signals are served as well.
  const auto drive = [&](auto start) {
    std::optional<error_code> result;
    start([&result](error_code ec, auto...) { result = ec; });
    while (!result) io_.run_one();
    return *result;
  };
  // Handlers refer to this frame: none may outlive it.
  const auto leave = [&] {
    leaving = true;
    cancel_ = nullptr;
    tick.cancel();
    while (tick_under_way) io_.run_one();
  };
  const auto failure = [&](error_code ec) -> Error {
    leave();
    if (interrupted_) return interrupt();
    if (timed_out) return unreachable(socket_, fmt::format("no answer within {} s", limit_.count()));
    return unreachable(socket_, ec.message());
  };

  const asio::local::stream_protocol::endpoint endpoint(socket_.string());
  if (auto ec = drive([&](auto done) { stream.async_connect(endpoint, done); })) return failure(ec);

  http::request<http::string_body> question(is_post ? http::verb::post : http::verb::get,
                                            {target.data(), target.size()}, 11);
  question.set(http::field::host, "klabd");
  question.set(http::field::connection, "close");
  if (is_post) question.set(http::field::content_type, "application/json");
  question.body() = std::move(body);
  question.prepare_payload();
  // A daemon that refuses a body may answer before it has read all of it: read on, and say what it said.
  const auto written = drive([&](auto done) { http::async_write(stream, question, done); });

  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(largest_answer);
  if (auto ec = drive([&](auto done) { http::async_read(stream, buffer, parser, done); }))
    return failure(written ? written : ec);
  leave();

  Reply reply;
  reply.status = static_cast<int>(parser.get().result_int());
  if (const auto exit = parser.get()["X-Klab-Exit"]; !exit.empty()) {
    int value = 0;
    const auto [end, ec] = std::from_chars(exit.data(), exit.data() + exit.size(), value);
    if (ec == std::errc() && end == exit.data() + exit.size()) reply.exit_code = value;
  }
  reply.body = std::move(parser.get().body());
  if (reply.status < 200 || reply.status > 299) return answered_error(reply.status, reply.body);
  return reply;
}

Result<json::object> parse_object(const Reply& reply) {
  error_code ec;
  json::value value = json::parse(reply.body, ec);
  if (ec || !value.is_object())
    return lab_error("cannot use the answer of klabd: {}; klab and klabd may be of different versions",
                     ec ? "not valid JSON" : "not a JSON object");
  return std::move(value.get_object());
}

}  // namespace klab::cli
