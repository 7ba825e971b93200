// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/ipmi/host_boot.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
using asio::awaitable;
using namespace std::chrono_literals;

namespace {

// Between two looks at the power while a kernel runs: a BMC is a slow computer of its own.
constexpr auto poll_every = 3000ms;
// What a serial line may still have to say when the power is off, or when a panic led to a reset.
constexpr auto drain_time = 700ms;
// Readings of "off" in a row, without a byte from the host between them, that make it so.
constexpr int offs_in_silence = 3;
constexpr std::size_t most_result_bytes = 64u << 20;  // the boot's own limit is lower, and tells better
// Of what the kernel under test can bring about as often as it likes.
constexpr int most_told = 10;

}  // namespace

HostBoot::HostBoot(Means means, std::string token, NetbootOffer offer, BootEvents& events)
    : means_(std::move(means)),
      token_(std::move(token)),
      offer_(std::move(offer)),
      events_(&events),
      console_(means_.make_line, means_.time, *this),
      frames_(most_result_bytes),
      scripts_(most_told),
      refusals_(most_told),
      changed_(means_.executor, asio::steady_timer::time_point::max()),
      answer_due_(means_.executor, asio::steady_timer::time_point::max()) {}

template <class Job>
void HostBoot::spawn(Job job, bool& done) {
  done = false;
  asio::co_spawn(means_.executor, std::move(job), [self = shared_from_this(), &done](std::exception_ptr thrown) {
    done = true;
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
      spdlog::error("host {}: {}", self->means_.host.name, e.what());
      self->end(PowerEnd::failed, e.what());
    }
    self->changed_.cancel();
  });
}

void HostBoot::begin() {
  events_->loading();
  spawn(run(), run_done_);
}

awaitable<void> HostBoot::pause(std::chrono::milliseconds time) {
  changed_.expires_after(time);
  co_await changed_.async_wait(asio::as_tuple(asio::use_awaitable));
}

awaitable<void> HostBoot::run() {
  const auto self = shared_from_this();
  Result<void> up = co_await bring_up();
  if (up) up = co_await wait_until_loaded();
  if (up) {
    co_await watch_power();
  } else if (up.error().kind != ErrorKind::stopped) {
    end(PowerEnd::failed, up.error().message);
  }
}

awaitable<Result<void>> HostBoot::bring_up() {
  const HostSpec& host = means_.host;
  Result<void> off = co_await means_.power.switch_to(false, stop_.get_token());
  if (!off) co_return off;
  co_await means_.time.sleep(host.settle);
  Result<void> opened = co_await console_.open(host.power_limit, stop_.get_token());
  if (!opened) co_return opened;
  if (stop_.stop_requested()) co_return make_error(ErrorKind::stopped, "stopped");
  spawn(read_console(), console_done_);
  spawn(answer_frames(), answers_done_);
  means_.board.offer(token_, offer_, *this);
  Result<void> device = co_await means_.power.boot_from_network(stop_.get_token());
  if (!device) co_return device;
  note("power on");
  powered_ = true;
  Result<void> on = co_await means_.power.switch_to(true, arrived_.get_token());
  if (!on && !stop_.stop_requested() && on.error().kind == ErrorKind::stopped) {
    note("the BMC says \"off\", but the host is there");
    co_return Result<void>{};
  }
  bmc_said_on_ = on.has_value();
  co_return on;
}

std::string HostBoot::how_far() const {
  const auto& host = means_.host;
  if (peer_.empty() && !refusal_.empty()) return "klabd refused " + refusal_;
  if (peer_.empty())
    return fmt::format("it never asked klabd for its boot script: look at DHCP, at what its firmware boots from, and at the MAC address {}",
                       host.mac);
  if (kernel_.sent == 0) return fmt::format("it fetched its script ({}) and asked for no kernel", peer_);
  const auto& file = kernel_.whole ? initramfs_ : kernel_;
  return fmt::format("the download of its {} stopped at {} of {} bytes", kernel_.whole ? "initramfs" : "kernel",
                     with_thousands(static_cast<long long>(file.sent)), with_thousands(static_cast<long long>(file.size)));
}

awaitable<Result<void>> HostBoot::wait_until_loaded() {
  const auto deadline = means_.time.now() + means_.host.netboot_limit;
  while (!loaded_ && !stop_.stop_requested()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - means_.time.now());
    if (left.count() <= 0)
      co_return lab_error("host \"{}\" did not get its kernel within {} of power-on: {}", means_.host.name,
                          human_duration(means_.host.netboot_limit), how_far());
    co_await pause(left);
  }
  if (stop_.stop_requested()) co_return make_error(ErrorKind::stopped, "stopped");
  co_return Result<void>{};
}

awaitable<void> HostBoot::watch_power() {
  bool silent = false;
  auto silent_since = means_.time.now();
  while (!stop_.stop_requested() && !rebooted_) {
    co_await pause(going_down_ ? 300ms : poll_every);
    if (stop_.stop_requested() || rebooted_) break;
    Result<bool> on = co_await means_.power.is_on();
    if (!on && !silent) {
      silent = true;
      silent_since = means_.time.now();
      note(on.error().message);
    }
    if (!on && on.error().kind == ErrorKind::input) break;  // asked again it might lock the account
    if (!on) continue;
    if (silent) {
      const std::chrono::duration<double> gap = means_.time.now() - silent_since;
      note(fmt::format("the BMC answers again after {:.1f} s", gap.count()));
      silent = false;
    }
    // A BMC that has not noticed yet that the host went on cannot tell that it went off.
    bmc_said_on_ = bmc_said_on_ || *on;
    // One reading against what is being heard is the BMC's error.
    offs_ = *on ? 0 : offs_ + 1;
    if (!*on && bmc_said_on_ && (going_down_ || offs_ >= offs_in_silence)) {
      co_await means_.time.sleep(drain_time);
      co_return end(PowerEnd::powered_off, {});
    }
  }
  while (!stop_.stop_requested() && !rebooted_) co_await pause(poll_every);
  if (!rebooted_) co_return;
  co_await means_.time.sleep(drain_time);
  end(PowerEnd::rebooted, "the host came for a kernel again");
}

awaitable<void> HostBoot::read_console() {
  const auto self = shared_from_this();
  co_await console_.run();
}

// One answer at a time, and of those that come due while the line does not take it only the newest: it says all that
// the others would have said.
awaitable<void> HostBoot::answer_frames() {
  const auto self = shared_from_this();
  while (!stop_.stop_requested()) {
    if (!std::exchange(answer_is_due_, false)) {
      co_await answer_due_.async_wait(asio::as_tuple(asio::use_awaitable));
      continue;
    }
    std::string answer = fmt::format("\nklab-next {}\n", frames_.next());
    co_await console_.write(std::move(answer));
  }
}

awaitable<void> HostBoot::finish() {
  const auto self = shared_from_this();
  stop_.request_stop();
  arrived_.request_stop();
  means_.board.withdraw(token_);
  while (!run_done_) {
    changed_.cancel();
    co_await means_.time.sleep(std::chrono::milliseconds(20));
  }
  console_.close();
  while (!console_done_ || !answers_done_) {
    answer_due_.cancel();
    co_await means_.time.sleep(std::chrono::milliseconds(20));
  }
  end(PowerEnd::stopped_by_us, {});
}

void HostBoot::script_asked(const std::string& peer) {
  if (!loaded_) {
    if (scripts_.take()) note(fmt::format("boot script asked for by {}", peer));
    peer_ = peer;
    // Better evidence than a BMC's word; and a verb given again might hit a host that has finished.
    arrived_.request_stop();
  } else if (!rebooted_) {
    note(fmt::format("{} asked for its boot script again: the host has rebooted by itself", peer));
    rebooted_ = true;
    changed_.cancel();
  }
}

void HostBoot::file_progress(std::string_view name, std::uint64_t sent, std::uint64_t size, bool whole) {
  File& file = name == "kernel" ? kernel_ : initramfs_;
  file.sent = sent;
  file.size = size;
  if (whole && !file.whole) {
    file.whole = true;
    note(fmt::format("{} fetched, {} bytes", name, with_thousands(static_cast<long long>(size))));
  }
  if (kernel_.whole && initramfs_.whole) is_loaded();
}

// Firmware that starts the kernel at once may never acknowledge the last bytes; what the kernel says is as good.
void HostBoot::is_loaded() {
  if (loaded_ || initramfs_.size == 0) return;
  loaded_ = true;
  if (events_) events_->loaded();
  changed_.cancel();
}

Result<std::uint64_t> HostBoot::results_posted(std::string_view body) {
  offs_ = 0;
  std::string in_order;
  std::optional<std::string> refusal;
  while (!body.empty() && !refusal) {
    const auto end = body.find('\n');
    if (end == body.npos) {
      refusal = "cannot read results: the last frame has no end";
      break;
    }
    auto taken = frames_.take(body.substr(0, end));
    body.remove_prefix(end + 1);
    in_order += taken.in_order;
    if (!taken.refused.empty()) refusal = taken.refused.front();
  }
  is_loaded();
  if (!in_order.empty() && !std::exchange(results_seen_, true)) note("first results");
  if (events_ && !in_order.empty()) events_->results(in_order);
  if (!refusal) return frames_.next();
  note_refusal(*refusal);
  return failed_error("{}", *refusal);
}

void HostBoot::refused(const std::string& why) {
  refusal_ = why;
  note_refusal(why);
}

void HostBoot::note_refusal(const std::string& why) {
  if (refusals_.take()) note("refused: " + why);
}

void HostBoot::console_note(std::string text) { note(std::move(text)); }

// Only where results come that way may they have been lost with it.
void HostBoot::console_down(bool down) {
  if (events_ && (means_.host.results == DeliveryWay::console || frames_on_console_)) events_->results_cut(down);
}

void HostBoot::console_bytes(std::string_view bytes) {
  offs_ = 0;
  auto parts = console_frames_.feed(bytes);
  if (!parts.text.empty()) {
    watch_words(parts.text);
    if (events_) events_->console(parts.text);
  }
  if (!parts.frames.empty()) take_frames(parts.frames);
}

// What the console carries as frames is repeated until it is acknowledged.
void HostBoot::take_frames(const std::vector<std::string>& lines) {
  if (!loaded_) return note_refusal("frames of results before the kernel was fetched: they are not this boot's");
  frames_on_console_ = true;
  std::string in_order;
  for (const auto& line : lines) {
    auto taken = frames_.take(line);
    in_order += taken.in_order;
    if (taken.damaged) ++damaged_;
    else if (!taken.refused.empty()) note_refusal(taken.refused.front());
  }
  if (!in_order.empty() && !std::exchange(results_seen_, true)) note("first results, over the console");
  if (events_ && !in_order.empty()) events_->results(in_order);
  answer_is_due_ = true;
  answer_due_.cancel();
}

void HostBoot::watch_words(std::string_view text) {
  recent_ += text;
  // Firmware may be a Linux itself.
  if (!kernel_seen_ && initramfs_.size > 0 && recent_.find("Linux version ") != std::string::npos) {
    kernel_seen_ = true;
    note("first line of the kernel");
    is_loaded();
  }
  if (!going_down_ && recent_.find("reboot: Power down") != std::string::npos) {
    going_down_ = true;
    changed_.cancel();
  }
  constexpr std::size_t enough = 32;
  if (recent_.size() > enough) recent_.erase(0, recent_.size() - enough);
}

void HostBoot::note(std::string text) {
  spdlog::info("host {}: {}: {}", means_.host.name, offer_.boot, printable(text));
  if (events_) events_->note(std::move(text));
}

void HostBoot::end(PowerEnd end, std::string detail) {
  if (damaged_ > 0)
    note(fmt::format("{} damaged frames on the console were dropped; the guest repeats what is not acknowledged", std::exchange(damaged_, 0)));
  if (const auto more = scripts_.untold(); more > 0) note(fmt::format("boot script asked for {} more times", more));
  if (const auto more = refusals_.untold(); more > 0) note(fmt::format("{} more refusals, which are not listed", more));
  if (BootEvents* events = std::exchange(events_, nullptr)) events->ended(end, std::move(detail));
}

}  // namespace klab
