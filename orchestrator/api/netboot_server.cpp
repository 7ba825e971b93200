// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/netboot_server.hpp"

#include <fcntl.h>
#include <linux/sockios.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cstring>
#include <list>
#include <regex>

#include "api/peer_log.hpp"
#include "util/fd.hpp"
#include "util/file.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using asio::awaitable;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t most_connections = 256;
constexpr std::size_t most_connections_each = 8;  // of one address: a kernel under test must not keep others out
constexpr std::size_t most_posted = 1u << 20;  // the runner sends a quarter of it at once
constexpr std::size_t portion = 256u << 10;
// A host whose network has gone silent keeps its place for so long.
constexpr std::chrono::seconds patience{60};

using Request = http::request<http::string_body>;

std::string text_of(beast::string_view text) { return std::string(text.data(), text.size()); }

// "52-54-00-77-00-01" or with colons, as iPXE or a person writes it; else nothing.
std::optional<std::string> as_mac(std::string text) {
  text = to_lower(text);
  for (char& c : text)
    if (c == '-') c = ':';
  if (!std::regex_match(text, std::regex("([0-9a-f]{2}:){5}[0-9a-f]{2}"))) return std::nullopt;
  return text;
}

}  // namespace

struct NetbootServer::State : std::enable_shared_from_this<NetbootServer::State> {
  State(asio::any_io_executor e, NetbootBoard& b, std::string l) : executor(e), board(b), listen(std::move(l)) {}

  asio::any_io_executor executor;
  NetbootBoard& board;
  const std::string listen;
  std::unique_ptr<tcp::acceptor> acceptor;
  std::list<std::function<void()>> connections;
  std::map<std::string, std::size_t> open_by_peer;
  PeerLog in_vain;
  bool only_here = false;  // listens on loopback
  bool stopping = false;

  using Stream = beast::tcp_stream;

  awaitable<bool> send(Stream& stream, const Request& request, int status, std::string body) {
    http::response<http::string_body> answer{static_cast<http::status>(status), request.version()};
    answer.set(http::field::content_type, "text/plain; charset=utf-8");
    answer.set(http::field::cache_control, "no-store");
    answer.keep_alive(request.keep_alive());
    answer.body() = request.method() == http::verb::head ? std::string() : std::move(body);
    answer.prepare_payload();
    stream.expires_after(patience);
    auto [error, n] = co_await http::async_write(stream, answer, as_result);
    co_return !error && request.keep_alive();
  }

  void warn(const std::string& peer, std::string line) {
    for (const auto& told : in_vain.take(peer, std::move(line), PeerLog::Clock::now())) spdlog::warn("netboot: {}", told);
  }

  awaitable<bool> nothing_here(Stream& stream, const Request& request, const std::string& peer) {
    const std::string target = printable(text_of(request.target()).substr(0, 200));
    warn(peer, fmt::format("{} asked for {}: nothing is offered there", peer, target));
    co_return co_await send(stream, request, 404, "nothing is offered here\n");
  }

  awaitable<bool> send_script(Stream& stream, const Request& request, const std::string& peer, const std::string& mac) {
    const auto entry = board.by_mac(mac);
    if (!entry) {
      warn(peer, fmt::format("{} ({}) asked for a boot script: no boot of a host with this MAC address is pending", peer, mac));
      co_return co_await send(stream, request, 404, "no boot is pending for this host\n");
    }
    auto why = foreign(*entry, peer);
    if (!why.empty()) co_return co_await refuse(stream, request, *entry, peer, std::move(why));
    if (request.method() == http::verb::head) co_return co_await send(stream, request, 200, {});
    entry->peer = peer;
    std::string script = boot_script("http://" + listen, board.token_of(*entry), entry->offer);
    entry->events->script_asked(peer);
    co_return co_await send(stream, request, 200, std::move(script));
  }

  // Why a request for a script does not come from the host; empty: nothing speaks against it.
  std::string foreign(const NetbootBoard::Entry& entry, const std::string& peer) {
    const auto neighbours = read_file("/proc/net/arp");
    if (!neighbours) warn(peer, neighbours.error().message);
    return why_foreign(entry.offer, entry.peer, peer, neighbours ? *neighbours : std::string(), only_here);
  }

  awaitable<bool> refuse(Stream& stream, const Request& request, NetbootBoard::Entry& entry, const std::string& peer, std::string why) {
    warn(peer, "refused: " + printable(why));
    entry.events->refused(why);
    co_return co_await send(stream, request, 403, "not yours\n");
  }

  awaitable<bool> send_file(Stream& stream, const Request& request, std::shared_ptr<NetbootBoard::Entry> entry, std::string name) {
    const auto& path = name == "kernel" ? entry->offer.kernel : entry->offer.initramfs;
    UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat info = {};
    if (file.get() < 0 || ::fstat(file.get(), &info) != 0) {
      // The laboratory's fault, and not to be lost among what the host does.
      const auto why = fmt::format("cannot read \"{}\": {}", path.string(), std::strerror(errno));
      warn("klabd", why);
      entry->events->refused(why);
      co_return co_await send(stream, request, 500, "cannot read the file\n");
    }
    const auto size = static_cast<std::uint64_t>(info.st_size);
    ByteRange range{0, size == 0 ? 0 : size - 1};
    const auto asked = parse_range(text_of(request[http::field::range]), size);
    if (asked) range = *asked;
    const bool unsatisfiable = asked && range.first > range.last;
    http::response<http::empty_body> head{http::status::ok, request.version()};
    if (unsatisfiable) head.result(http::status::range_not_satisfiable);
    else if (asked) head.result(http::status::partial_content);
    if (unsatisfiable) head.set(http::field::content_range, fmt::format("bytes */{}", size));
    else if (asked) head.set(http::field::content_range, fmt::format("bytes {}-{}/{}", range.first, range.last, size));
    const std::uint64_t length = unsatisfiable || size == 0 ? 0 : range.last - range.first + 1;
    head.set(http::field::content_type, "application/octet-stream");
    head.set(http::field::accept_ranges, "bytes");
    head.keep_alive(request.keep_alive());
    head.content_length(length);
    http::response_serializer<http::empty_body> serializer{head};
    stream.expires_after(patience);
    auto [error, n] = co_await http::async_write_header(stream, serializer, as_result);
    if (error || unsatisfiable || request.method() == http::verb::head) co_return !error && request.keep_alive();
    co_return co_await send_bytes(stream, entry, name, file.get(), range.first, length, size) && request.keep_alive();
  }

  awaitable<bool> send_bytes(Stream& stream, std::shared_ptr<NetbootBoard::Entry> entry, std::string name, int file, std::uint64_t at,
                             std::uint64_t length, std::uint64_t size) {
    std::vector<char> buffer(portion);
    while (length > 0) {
      const ssize_t got = ::pread(file, buffer.data(), std::min<std::uint64_t>(length, buffer.size()), static_cast<off_t>(at));
      if (got <= 0) co_return false;  // it was cut short under our hands: the length promised cannot be kept
      stream.expires_after(patience);
      auto [error, sent] = co_await asio::async_write(stream, asio::buffer(buffer.data(), static_cast<std::size_t>(got)), as_result);
      if (error) co_return false;
      at += sent;
      length -= sent;
      tell(*entry, name, reached(at, stream), size, false);
    }
    // What the kernel has taken is not yet what the host has got.
    asio::steady_timer pause(executor);
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (unacknowledged(stream) > 0 && !stopping) {
      if (std::chrono::steady_clock::now() >= deadline) co_return false;
      pause.expires_after(std::chrono::milliseconds(10));
      co_await pause.async_wait(as_result);
      tell(*entry, name, reached(at, stream), size, false);
    }
    tell(*entry, name, at, size, at == size && stream.socket().is_open());
    co_return true;
  }

  static std::uint64_t unacknowledged(Stream& stream) {
    int bytes = 0;
    return ::ioctl(stream.socket().native_handle(), SIOCOUTQ, &bytes) == 0 && bytes > 0 ? static_cast<std::uint64_t>(bytes) : 0;
  }

  // The answer's head waits in the same place.
  static std::uint64_t reached(std::uint64_t at, Stream& stream) { return at - std::min(at, unacknowledged(stream)); }

  static void tell(NetbootBoard::Entry& entry, const std::string& name, std::uint64_t reached, std::uint64_t size, bool whole) {
    auto& most = entry.sent[name];
    most = std::max(most, reached);
    if (entry.events) entry.events->file_progress(name, most, size, whole);
  }

  awaitable<bool> take_results(Stream& stream, const Request& request, NetbootBoard::Entry& entry) {
    auto next = entry.events->results_posted(request.body());
    if (!next) co_return co_await send(stream, request, 409, printable(next.error().message) + "\n");
    co_return co_await send(stream, request, 200, fmt::format("next {}\n", *next));
  }

  // True: the connection may go on.
  awaitable<bool> answer(Stream& stream, const Request& request, const std::string& peer) {
    const std::string target = text_of(request.target());
    const bool reads = request.method() == http::verb::get || request.method() == http::verb::head;
    const auto words = split(std::string_view(target).substr(0, target.find('?')), '/');  // "", "netboot", ...
    if (words.size() < 3 || words.size() > 4 || words[1] != "netboot") co_return co_await nothing_here(stream, request, peer);
    if (words.size() == 3) {
      if (!reads) co_return co_await nothing_here(stream, request, peer);
      if (words[2] == "boot.ipxe") co_return co_await send(stream, request, 200, first_script("http://" + listen));
      if (const auto mac = as_mac(words[2])) co_return co_await send_script(stream, request, peer, *mac);
      co_return co_await nothing_here(stream, request, peer);
    }
    const auto entry = board.by_token(words[2]);
    if (!entry) co_return co_await nothing_here(stream, request, peer);
    if (entry->peer != peer) {
      auto why = fmt::format("{} of {}, which is not the host this boot is for ({})", words[3] == "results" ? "a result" : "a request", peer,
                             entry->peer.empty() ? "it has not asked for its script" : entry->peer);
      co_return co_await refuse(stream, request, *entry, peer, std::move(why));
    }
    if (words[3] == "results" && request.method() == http::verb::post) co_return co_await take_results(stream, request, *entry);
    if ((words[3] == "kernel" || words[3] == "initramfs") && reads) co_return co_await send_file(stream, request, entry, words[3]);
    co_return co_await nothing_here(stream, request, peer);
  }

  awaitable<void> serve(std::shared_ptr<Stream> stream, std::string peer) {
    const auto self = shared_from_this();
    const auto place = connections.insert(connections.end(), [stream] {
      boost::system::error_code ignored;
      stream->socket().close(ignored);
    });
    ++open_by_peer[peer];
    beast::flat_buffer buffer{1u << 20};
    try {
      while (!stopping) {
        http::request_parser<http::string_body> parser;
        parser.body_limit(most_posted);
        stream->expires_after(patience);
        auto [error, n] = co_await http::async_read(*stream, buffer, parser, as_result);
        if (error) break;
        bool goes_on = co_await answer(*stream, parser.get(), peer);
        if (!goes_on) break;
      }
    } catch (const std::exception& e) {
      warn("klabd", fmt::format("cannot answer {}: {}", peer, e.what()));
    }
    connections.erase(place);
    if (--open_by_peer[peer] == 0) open_by_peer.erase(peer);
  }

  awaitable<void> accept() {
    const auto self = shared_from_this();
    while (!stopping) {
      auto [error, socket] = co_await acceptor->async_accept(as_result);
      if (stopping) co_return;
      if (error || connections.size() >= most_connections) {
        asio::steady_timer timer(executor, std::chrono::milliseconds(100));
        co_await timer.async_wait(as_result);
        continue;
      }
      boost::system::error_code gone;
      const auto remote = socket.remote_endpoint(gone);
      if (gone) continue;
      const std::string peer = remote.address().to_string();
      if (open_by_peer[peer] >= most_connections_each) continue;
      auto job = serve(std::make_shared<Stream>(std::move(socket)), peer);
      asio::co_spawn(executor, std::move(job), [](std::exception_ptr) {});
    }
  }
};

NetbootServer::NetbootServer(asio::any_io_executor executor, NetbootBoard& board, std::string listen)
    : state_(std::make_shared<State>(executor, board, std::move(listen))) {}

NetbootServer::~NetbootServer() { stop(); }

Result<void> NetbootServer::start() {
  const auto colon = state_->listen.rfind(':');
  boost::system::error_code error;
  const auto address = asio::ip::make_address(state_->listen.substr(0, colon), error);
  const int port = colon == std::string::npos ? 0 : std::atoi(state_->listen.c_str() + colon + 1);
  if (error || port < 1 || port > 65535)
    return input_error("cannot serve kernels on \"{}\": give [netboot] listen an address and a port, such as 10.77.0.1:8080", state_->listen);
  state_->only_here = address.is_loopback();
  try {
    state_->acceptor = std::make_unique<tcp::acceptor>(state_->executor, tcp::endpoint(address, static_cast<unsigned short>(port)));
  } catch (const boost::system::system_error& e) {
    return lab_error("cannot serve kernels on \"{}\": {}", state_->listen, e.code().message());
  }
  auto accepting = state_->accept();
  asio::co_spawn(state_->executor, std::move(accepting), [](std::exception_ptr) {});
  return {};
}

void NetbootServer::stop() {
  if (state_->stopping) return;
  state_->stopping = true;
  boost::system::error_code ignored;
  if (state_->acceptor) state_->acceptor->close(ignored);
  for (const auto& close : state_->connections) close();
  for (const auto& told : state_->in_vain.finish()) spdlog::warn("netboot: {}", told);
}

}  // namespace klab
