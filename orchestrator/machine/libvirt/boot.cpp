// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/libvirt/boot.hpp"

#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <vector>

#include "util/file.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
using asio::awaitable;
using namespace std::chrono_literals;

namespace {

// How long QEMU's other messages may take after the guest's processors came to a stop.
constexpr auto kSettleTime = 500ms;
// How long a guest that has told of its panic may go on printing it.
constexpr auto kPanicTime = 3s;
// How long a channel may stay open after QEMU has gone; the kernel closes it at once.
constexpr auto kDrainTime = 2s;
constexpr std::size_t kLongestSocketPath = 107;

}  // namespace

Result<std::shared_ptr<LibvirtBoot>> LibvirtBoot::listen(asio::any_io_executor executor,
                                                         std::filesystem::path directory, bool open_to_all,
                                                         std::filesystem::path qemu_log, BootEvents& events) {
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
  if (auto made = make_directories(directory); !made) return made.error();
  ::chmod(directory.c_str(), open_to_all ? 0711 : 0700);
  auto boot =
      std::make_shared<LibvirtBoot>(std::move(executor), std::move(directory), std::move(qemu_log), events);
  const DomainChannels paths = boot->channels();
  if (auto r = boot->listen_on(boot->console_, paths.console, open_to_all); !r) return r.error();
  if (auto r = boot->listen_on(boot->results_, paths.results, open_to_all); !r) return r.error();
  return boot;
}

LibvirtBoot::LibvirtBoot(asio::any_io_executor executor, std::filesystem::path directory,
                         std::filesystem::path qemu_log, BootEvents& events)
    : executor_(executor),
      directory_(std::move(directory)),
      qemu_log_(std::move(qemu_log)),
      events_(&events),
      console_(executor),
      results_(executor),
      settling_(executor),
      ended_(executor, asio::steady_timer::time_point::max()) {}

LibvirtBoot::~LibvirtBoot() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
  if (!qemu_log_.empty()) std::filesystem::remove(qemu_log_, ignored);
}

DomainChannels LibvirtBoot::channels() const { return {directory_ / "console", directory_ / "results"}; }

Result<void> LibvirtBoot::listen_on(Channel& channel, const std::filesystem::path& path, bool open_to_all) {
  if (path.string().size() > kLongestSocketPath)
    return input_error("cannot listen on \"{}\": the path is longer than {} characters; configure a shorter "
                       "run directory",
                       path.string(), kLongestSocketPath);
  boost::system::error_code error;
  const asio::local::stream_protocol::endpoint endpoint(path.string());
  channel.acceptor.open(endpoint.protocol(), error);
  if (!error) channel.acceptor.bind(endpoint, error);
  if (!error) channel.acceptor.listen(1, error);
  if (error) return lab_error("cannot listen on \"{}\": {}", path.string(), error.message());
  if (open_to_all) ::chmod(path.c_str(), 0666);
  return {};
}

void LibvirtBoot::begin() {
  read(console_, &BootEvents::console);
  read(results_, &BootEvents::results);
  changed();
}

void LibvirtBoot::abandon() {
  events_ = nullptr;
  boost::system::error_code ignored;
  console_.acceptor.close(ignored);
  results_.acceptor.close(ignored);
}

void LibvirtBoot::read(Channel& channel, void (BootEvents::*receive)(std::string_view)) {
  auto body = [](std::shared_ptr<LibvirtBoot> self, Channel& from,
                 void (BootEvents::*deliver)(std::string_view)) -> awaitable<void> {
    constexpr auto token = asio::as_tuple(asio::use_awaitable);
    auto [accept_error] = co_await from.acceptor.async_accept(from.socket, token);
    boost::system::error_code ignored;
    from.acceptor.close(ignored);
    std::vector<char> buffer(64 * 1024);
    while (!accept_error) {
      auto [error, size] = co_await from.socket.async_read_some(asio::buffer(buffer), token);
      if (error) break;
      if (self->events_) (self->events_->*deliver)(std::string_view(buffer.data(), size));
    }
    from.socket.close(ignored);
    from.done = true;
    self->changed();
  };
  auto reader = body(shared_from_this(), channel, receive);
  asio::co_spawn(executor_, std::move(reader), [](std::exception_ptr failure) {
    if (!failure) return;
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& thrown) {
      spdlog::error("machine: reading a channel failed: {}", thrown.what());
    }
  });
}

void LibvirtBoot::lifecycle(int event, int detail) {
  tracker_.lifecycle(event, detail);
  changed();
}

void LibvirtBoot::monitor(const std::string& event, const std::string& details) {
  tracker_.monitor(event, details);
  changed();
}

void LibvirtBoot::connection_lost() {
  tracker_.connection_lost();
  changed();
}

// Looks whether the boot has come to its end. QEMU's end shows in its sockets before libvirt tells of it.
void LibvirtBoot::changed() {
  if (!events_) return;
  if (console_.done && results_.done && (tracker_.known() || tracker_.gone())) {
    deliver_end();
    return;
  }
  const bool waits_for_more = tracker_.suspended() || tracker_.gone() || tracker_.panicked();
  if (waits_for_more && settling_.expiry() == asio::steady_timer::time_point()) settle();
}

void LibvirtBoot::settle() {
  asio::steady_timer::duration time = kSettleTime;
  if (tracker_.panicked()) time = kPanicTime;
  if (tracker_.gone()) time = kDrainTime;
  settling_.expires_after(time);
  settling_.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (error || !self->events_) return;
    self->settling_.expires_at(asio::steady_timer::time_point());
    if (self->tracker_.gone() || self->tracker_.panicked()) {
      self->deliver_end();
    } else if (self->tracker_.suspended()) {
      // A known cause other than the watchdog (a shutdown) lets libvirt destroy the domain.
      if (!self->tracker_.known()) self->tracker_.undecided_stop();
      if (self->tracker_.end() == PowerEnd::watchdog || self->tracker_.end() == PowerEnd::failed)
        self->deliver_end();
    }
  });
}

awaitable<Result<void>> LibvirtBoot::stop(Destroy destroy) {
  const auto self = shared_from_this();
  tracker_.stop_requested();
  if (!gone()) {
    Result<void> destroyed = co_await destroy();
    if (!destroyed) {
      // QEMU lives on and may end at any time; whoever listens now need not be there then.
      if (events_) deliver_end();
      co_return destroyed;
    }
  }
  co_await finish();
  co_return Result<void>();
}

// The domain has been destroyed: its sockets come to their ends.
awaitable<void> LibvirtBoot::finish() {
  if (events_) {
    tracker_.lifecycle(VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_DESTROYED);
    settling_.expires_at(asio::steady_timer::time_point());
    changed();
  }
  constexpr auto token = asio::as_tuple(asio::use_awaitable);
  while (events_) co_await ended_.async_wait(token);
  boost::system::error_code ignored;
  for (Channel* channel : {&console_, &results_}) {
    channel->acceptor.close(ignored);
    channel->socket.close(ignored);
  }
  settling_.cancel();
}

std::string LibvirtBoot::qemu_words() const {
  if (qemu_log_.empty()) return {};
  auto log = read_file(qemu_log_);
  return log ? printable_lines(tail(*log, 5)) : std::string();
}

void LibvirtBoot::deliver_end() {
  BootEvents* events = std::exchange(events_, nullptr);
  std::string detail = tracker_.detail();
  if (tracker_.end() == PowerEnd::failed) {
    // Skip libvirt's own lines in QEMU's log: the command line it starts with, time stamps.
    for (const std::string& line : split_lines(qemu_words()))
      if (line.starts_with("qemu-system-") || line.find(": qemu-system-") != std::string::npos)
        detail += "; " + printable(line);
  }
  events->ended(tracker_.end(), std::move(detail));
  ended_.cancel();
}

}  // namespace klab
