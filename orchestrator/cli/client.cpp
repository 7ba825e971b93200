// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/client.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
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

constexpr std::chrono::seconds login_limit{180};     // somebody may have to find and type a password
constexpr std::size_t longest_welcome = 256 * 1024;  // that a shell there says before klab dial does

Error interrupt() { return make_error(ErrorKind::stopped, "interrupted"); }

}  // namespace

Error unreachable(const std::filesystem::path& socket, const std::string& cause) {
  return lab_error("cannot reach klabd at \"{}\": {}; start it with ./lab up or systemctl start klabd",
                   socket.string(), cause);
}

Client::Client(std::filesystem::path socket) : socket_(std::move(socket)) {}
Client::Client(RemoteHost remote) : remote_(std::move(remote)) {}

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

// {"error", "tail", "kind"} of the daemon's answer.
Error Client::answered_error(int status, const std::string& body) const {
  error_code ec;
  const auto value = json::parse(body, ec);
  const auto& object = ec ? as_object(json::value()) : as_object(value);
  Error error{ErrorKind::lab, text(object, "error"), lines(object, "tail")};
  if (error.message.empty())
    error.message =
        fmt::format("cannot use the answer of klabd: HTTP status {} without an explanation", status);
  // What is not known there may be of a later version here; else versions may differ as they like.
  if ((status == 404 || status == 405 || text(object, "error").empty()) && !daemon_version_.empty() && daemon_version_ != KLAB_VERSION)
    error.message += fmt::format("; klab is of version {} and klabd of {}: install the same on both", KLAB_VERSION, daemon_version_);
  const auto kind = text(object, "kind");
  // Who may not write has made no mistake in the command line.
  if (kind == "input" && status != 403) error.kind = ErrorKind::input;
  if (kind == "failed") error.kind = ErrorKind::failed;
  if (kind == "stopped") error.kind = ErrorKind::stopped;
  return error;
}

// One question and its answer. Timer and signals are served while it waits; nothing of it outlives it.
class Client::Exchange {
 public:
  explicit Exchange(Client& client) : client_(client), tick_(client.io_) {
    client_.io_.restart();
    client_.cancel_ = [this] { close(); };
    begin(client_.limit_);
    schedule();
  }
  ~Exchange() {
    leaving_ = true;
    client_.cancel_ = nullptr;
    tick_.cancel();
    while (tick_under_way_) client_.io_.run_one();
  }
  Exchange(const Exchange&) = delete;

  void begin(std::chrono::seconds limit) {
    limit_ = limit;
    deadline_ = std::chrono::steady_clock::now() + limit;
  }
  // One operation at a time.
  template <class Start>
  error_code drive(Start start) {
    std::optional<error_code> result;
    start([&result](error_code ec, auto...) { result = ec; });
    while (!result) client_.io_.run_one();
    return *result;
  }

  std::optional<Error> connect();
  Error failure(error_code ec);

 private:
  void close() {
    error_code ignored;
    client_.stream_.close(ignored);
  }
  void schedule() {
    tick_under_way_ = true;
    tick_.expires_after(std::chrono::seconds(1));
    tick_.async_wait([this](error_code ec) {
      tick_under_way_ = false;
      if (ec || leaving_) return;
      if (std::chrono::steady_clock::now() >= deadline_) {
        timed_out_ = true;
        return close();
      }
      if (client_.each_second_) client_.each_second_();
      schedule();
    });
  }
  std::optional<Error> connect_elsewhere();

  Client& client_;
  asio::steady_timer tick_;
  std::chrono::steady_clock::time_point deadline_;
  std::chrono::seconds limit_{0};
  bool timed_out_ = false;
  bool leaving_ = false;
  bool tick_under_way_ = false;
};

std::optional<Error> Client::Exchange::connect() {
  if (client_.remote_) return connect_elsewhere();
  if (client_.socket_.string().size() >= sizeof(sockaddr_un::sun_path))
    return unreachable(client_.socket_, "the path is longer than a socket's may be");
  const asio::local::stream_protocol::endpoint endpoint(client_.socket_.string());
  if (auto ec = drive([&](auto done) { client_.stream_.async_connect(endpoint, done); })) return failure(ec);
  return std::nullopt;
}

std::optional<Error> Client::Exchange::connect_elsewhere() {
  if (client_.line_) return std::nullopt;
  auto line = SshLine::start(*client_.remote_);
  if (!line) return line.error();
  client_.line_.emplace(std::move(*line));
  client_.stream_.assign(asio::local::stream_protocol(), client_.line_->take_socket().release());
  begin(client_.remote_->asks ? std::max(client_.limit_, login_limit) : client_.limit_);
  std::string said;
  for (;;) {
    const auto ec = drive([&](auto done) {
      asio::async_read_until(client_.stream_, asio::dynamic_buffer(said, longest_welcome), '\n', done);
    });
    if (ec) return failure(ec);
    const auto end = said.find('\n');
    const auto greeting = read_greeting(std::string_view(said).substr(0, end));
    said.erase(0, end + 1);
    if (!greeting) continue;
    if (greeting->error.empty()) break;
    close();
    client_.line_.reset();
    return lab_error("cannot use klabd at \"{}\": klab {} there says: {}", client_.remote_->url(), greeting->version, greeting->error);
  }
  begin(client_.limit_);
  return std::nullopt;
}

Error Client::Exchange::failure(error_code ec) {
  // Ctrl-C ends ssh as well, and the news of that may be here first.
  if (client_.line_ && client_.signals_ && !client_.interrupted_) client_.io_.run_for(std::chrono::milliseconds(50));
  close();
  auto line = std::exchange(client_.line_, std::nullopt);
  if (client_.interrupted_) return interrupt();
  const auto late = fmt::format("no answer within {} s", limit_.count());
  if (!client_.remote_) return unreachable(client_.socket_, timed_out_ ? late : ec.message());
  if (timed_out_ || !line)
    return lab_error("cannot reach klabd at \"{}\": {}; see whether it is well: {} klab status", client_.remote_->url(),
                     timed_out_ ? late : ec.message(), client_.remote_->login());
  return line->explain();
}

Result<Reply> Client::request(bool is_post, std::string_view target, std::string body) {
  last_status_ = 0;
  if (interrupted_) return interrupt();
  http::request<http::string_body> question(is_post ? http::verb::post : http::verb::get,
                                            {target.data(), target.size()}, 11);
  question.set(http::field::host, "klabd");
  question.keep_alive(remote_.has_value());
  if (is_post) question.set(http::field::content_type, "application/json");
  question.body() = std::move(body);
  question.prepare_payload();

  boost::beast::flat_buffer buffer;
  std::optional<http::response_parser<http::string_body>> parser;
  for (;;) {
    // A line that has been idle may have been given up at the other end; what only reads can be asked again.
    const bool again = line_.has_value() && !is_post;
    Exchange exchange(*this);
    if (auto error = exchange.connect()) return *error;
    // A daemon that refuses a body may answer before it has read all of it: read on, and say what it said.
    const auto written = exchange.drive([&](auto done) { http::async_write(stream_, question, done); });
    parser.emplace();
    parser->body_limit(largest_answer);
    const auto ec = exchange.drive([&](auto done) { http::async_read(stream_, buffer, *parser, done); });
    if (!ec) break;
    const bool lost = buffer.size() == 0 && !parser->got_some();
    auto error = exchange.failure(written ? written : ec);
    if (!again || !lost || interrupted_ || error.message.find("no answer within") != std::string::npos) return error;
  }
  const auto& answer = parser->get();
  if (!remote_ || !answer.keep_alive()) {
    error_code ignored;
    stream_.close(ignored);
    line_.reset();
  }

  Reply reply;
  last_status_ = reply.status = static_cast<int>(answer.result_int());
  daemon_version_ = answer["X-Klab-Version"];
  if (const auto exit = answer["X-Klab-Exit"]; !exit.empty()) {
    int value = 0;
    const auto [end, ec] = std::from_chars(exit.data(), exit.data() + exit.size(), value);
    if (ec == std::errc() && end == exit.data() + exit.size()) reply.exit_code = value;
  }
  reply.body = std::move(parser->get().body());
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
