// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <sstream>

#include "api/gate.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t most_drained = 256 * 1024;
constexpr std::size_t small_answer = 64 * 1024;  // what is always answered

using Parser = http::request_parser<http::string_body>;
using Response = http::response<http::string_body>;

Response make_response(unsigned version, bool keep_alive, ApiResponse answer) {
  Response response{static_cast<http::status>(answer.status), version};
  response.set(http::field::content_type, answer.content_type);
  response.set(http::field::cache_control, "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  response.set("X-Frame-Options", "DENY");
  response.set("Content-Security-Policy",
               "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
               "form-action 'self'; frame-ancestors 'none'");
  response.set("Cross-Origin-Opener-Policy", "same-origin");
  response.set("Cross-Origin-Resource-Policy", "same-origin");
  response.set("Referrer-Policy", "no-referrer");
  response.set("X-Klab-Version", KLAB_VERSION);
  for (const auto& [field, value] : answer.headers) response.set(field, value);
  response.keep_alive(keep_alive);
  response.body() = std::move(answer.body);
  response.prepare_payload();
  return response;
}

std::string_view value(const Parser& parser, beast::string_view name) {
  const auto found = parser.get().find(name);
  return found == parser.get().end() ? std::string_view{} : std::string_view(found->value().data(), found->value().size());
}

RequestHead head_of(const Parser& parser) {
  const auto method = parser.get().method_string();
  RequestHead head;
  head.method = {method.data(), method.size()};
  head.host = value(parser, "Host");
  head.origin = value(parser, "Origin");
  head.fetch_site = value(parser, "Sec-Fetch-Site");
  head.content_type = value(parser, "Content-Type");
  head.has_body = parser.chunked() || parser.content_length().value_or(0) > 0;
  return head;
}

// Why what came is no request; nothing when the client has gone or was too slow, and hears no answer.
std::optional<ApiResponse> explain(const boost::system::error_code& error, const ServerLimits& limits, std::uint64_t body) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return error_response(input_error("cannot read the request: its header has more than {} bytes", limits.header_bytes), 431);
  if (error == http::error::body_limit)
    return error_response(input_error("cannot read the request: its body has more than {} bytes", body), 413);
  if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
  if (error.category() == make_error_code(http::error::bad_method).category())
    return error_response(input_error("cannot read the request: {}", error.message()), 400);
  return std::nullopt;
}

// One client; the parts of serve_connection().
template <class Protocol>
class Connection {
 public:
  using Stream = beast::basic_stream<Protocol>;
  Connection(std::shared_ptr<Stream> stream, Peer peer, std::shared_ptr<const ConnectionRules> rules)
      : stream_(std::move(stream)), peer_(std::move(peer)), rules_(std::move(rules)) {}

  asio::awaitable<void> serve() {
    while (!rules_->stopping && co_await wait_for_request()) {
      Parser parser;
      parser.header_limit(static_cast<std::uint32_t>(limits().header_bytes));
      parser.body_limit(boost::none);  // what is refused for another reason is told that reason
      if (!co_await read_head(parser)) break;
      if (auto refused = refuse_request(head_of(parser), peer_, rules_->page_hosts)) {
        co_await refuse(std::move(*refused));
        break;
      }
      if (parser.content_length().value_or(0) > body_limit()) {
        co_await refuse(*explain(http::error::body_limit, limits(), body_limit()));
        break;
      }
      parser.body_limit(body_limit());
      if (!co_await read_body(parser)) break;
      const unsigned version = parser.get().version();
      const bool keep_alive = parser.get().keep_alive() && !rules_->stopping;
      auto answer = co_await answer_to(parser);
      if (!co_await write(make_response(version, keep_alive, std::move(answer))) || !keep_alive) break;
    }
  }

 private:
  const ServerLimits& limits() const { return rules_->limits; }
  // Who may not write has nothing to send.
  std::uint64_t body_limit() const { return peer_.may_write ? limits().body_bytes : 0; }

  asio::awaitable<bool> wait_for_request() {
    if (buffer_.size() > 0) co_return true;  // pipelined
    stream_->expires_after(limits().idle);
    auto [error, n] = co_await stream_->async_read_some(buffer_.prepare(4096), as_result);
    if (error) co_return false;
    buffer_.commit(n);
    co_return true;
  }

  asio::awaitable<bool> read_head(Parser& parser) {
    stream_->expires_after(limits().header);
    auto [error, n] = co_await http::async_read_header(*stream_, buffer_, parser, as_result);
    if (!error) co_return true;
    if (auto answer = explain(error, limits(), body_limit())) co_await refuse(std::move(*answer));
    co_return false;
  }

  asio::awaitable<bool> read_body(Parser& parser) {
    if (parser.is_done()) co_return true;
    stream_->expires_after(limits().body);
    auto [error, n] = co_await http::async_read(*stream_, buffer_, parser, as_result);
    if (!error) co_return true;
    if (auto answer = explain(error, limits(), body_limit())) co_await refuse(std::move(*answer));
    co_return false;
  }

  asio::awaitable<ApiResponse> answer_to(Parser& parser) {
    ApiRequest request;
    const auto method = parser.get().method_string();
    const auto target = parser.get().target();
    request.method = std::string(method.data(), method.size());
    request.peer = peer_;
    if (!parse_target({target.data(), target.size()}, request))
      co_return error_response(input_error("cannot read the request: its target is malformed"), 400);
    request.body = std::move(parser.get().body());
    stream_->expires_never();
    co_return co_await rules_->answer(std::move(request));
  }

  struct Unread {
    Unread(const ConnectionRules& r, std::size_t n) : rules(r), bytes(n) { rules.unread += bytes; }
    Unread(const Unread&) = delete;
    ~Unread() { rules.unread -= bytes; }
    const ConnectionRules& rules;
    const std::size_t bytes;
  };

  asio::awaitable<bool> write(Response response) {
    const auto bytes = response.body().size();
    if (!peer_.may_write && rules_->unread > 0 && bytes > small_answer && rules_->unread + bytes > limits().unread_bytes)
      response = make_response(response.version(), response.keep_alive(),
                               error_response(lab_error("klabd has as many answers under way as it may: try again in a minute"), 503));
    const Unread unread(*rules_, response.body().size());
    stream_->expires_after(limits().write);
    auto [error, n] = co_await http::async_write(*stream_, response, as_result);
    co_return !error;
  }

  // What the client still sends is read and dropped for a while: a close on unread bytes would take the answer away.
  asio::awaitable<void> refuse(ApiResponse answer) {
    if (!co_await write(make_response(11, false, std::move(answer)))) co_return;
    boost::system::error_code ignored;
    stream_->socket().shutdown(Protocol::socket::shutdown_send, ignored);
    buffer_.clear();
    stream_->expires_after(std::min(limits().header, std::chrono::milliseconds(2000)));
    for (std::size_t drained = 0; drained < most_drained;) {
      auto [error, n] = co_await stream_->async_read_some(buffer_.prepare(16 * 1024), as_result);
      if (error) co_return;
      drained += n;
    }
  }

  std::shared_ptr<Stream> stream_;
  Peer peer_;
  std::shared_ptr<const ConnectionRules> rules_;
  beast::flat_buffer buffer_{1u << 20};
};

}  // namespace

template <class Protocol>
asio::awaitable<void> serve_connection(std::shared_ptr<beast::basic_stream<Protocol>> stream, Peer peer,
                                       std::shared_ptr<const ConnectionRules> rules) {
  Connection<Protocol> connection(std::move(stream), std::move(peer), std::move(rules));
  co_await connection.serve();
}

template asio::awaitable<void> serve_connection(std::shared_ptr<beast::basic_stream<asio::local::stream_protocol>>, Peer,
                                                std::shared_ptr<const ConnectionRules>);
template asio::awaitable<void> serve_connection(std::shared_ptr<beast::basic_stream<asio::ip::tcp>>, Peer,
                                                std::shared_ptr<const ConnectionRules>);

std::string closing_response(const ApiResponse& answer) {
  std::ostringstream out;
  out << make_response(11, false, answer);
  return out.str();
}

}  // namespace klab
