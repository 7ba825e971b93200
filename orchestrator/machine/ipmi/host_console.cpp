// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/ipmi/host_console.hpp"

#include <algorithm>

namespace klab {
namespace asio = boost::asio;
using asio::awaitable;
using namespace std::chrono_literals;

namespace {

constexpr auto first_pause = 500ms;
constexpr auto longest_pause = 5000ms;
constexpr auto steady_after = 10s;

}  // namespace

awaitable<Result<void>> HostConsole::open(std::chrono::seconds limit, std::stop_token stop) {
  const auto deadline = time_.now() + limit;
  auto pause = std::chrono::milliseconds(first_pause);
  for (;;) {
    line_ = make_();
    Result<void> opened = co_await line_->open();
    if (opened) {
      opened_ = time_.now();
      pause_ = first_pause;
      co_return opened;
    }
    line_.reset();
    if (opened.error().kind == ErrorKind::input || time_.now() + pause >= deadline) co_return opened;
    if (stop.stop_requested() || closed_) co_return make_error(ErrorKind::stopped, "stopped");
    co_await time_.sleep(pause);
    pause = std::min<std::chrono::milliseconds>(pause * 2, longest_pause);
  }
}

awaitable<void> HostConsole::run() {
  while (!closed_ && line_) {
    const auto line = line_;
    Result<std::string> bytes = co_await line->read();
    if (closed_) break;
    if (bytes) {
      events_.console_bytes(*bytes);
      continue;
    }
    line->close();
    bool back = co_await reopen(bytes.error().message);
    if (!back) break;
  }
}

// A line that opens and ends at once (a console server whose line is in use) is not opened as fast as it goes.
awaitable<bool> HostConsole::reopen(std::string why) {
  const auto lost = time_.now();
  events_.console_note(fmt::format("console lost: {}", why));
  events_.console_down(true);
  if (lost - opened_ > steady_after) pause_ = first_pause;
  while (!closed_) {
    co_await time_.sleep(pause_);
    if (closed_) break;
    pause_ = std::min<std::chrono::milliseconds>(pause_ * 2, longest_pause);
    std::shared_ptr<ConsoleLine> line = make_();
    Result<void> opened = co_await line->open();
    if (closed_) break;
    if (opened) {
      line_ = std::move(line);
      opened_ = time_.now();
      const std::chrono::duration<double> gap = opened_ - lost;
      events_.console_note(fmt::format("console back after {:.1f} s; what the host said meanwhile is lost", gap.count()));
      events_.console_down(false);
      co_return true;
    }
    if (opened.error().kind == ErrorKind::input) {
      events_.console_note(fmt::format("console given up: {}", opened.error().message));
      break;
    }
  }
  co_return false;
}

awaitable<void> HostConsole::write(std::string bytes) {
  const auto line = line_;
  if (line && !closed_) co_await line->write(std::move(bytes));
}

void HostConsole::close() {
  closed_ = true;
  if (line_) line_->close();
}

}  // namespace klab
