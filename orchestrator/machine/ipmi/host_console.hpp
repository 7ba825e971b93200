// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>

#include "machine/ipmi/console_line.hpp"
#include "util/timekeeper.hpp"

namespace klab {

class HostConsoleEvents {
 public:
  virtual ~HostConsoleEvents() = default;
  virtual void console_bytes(std::string_view bytes) = 0;
  virtual void console_note(std::string text) = 0;  // a gap, with its length
  virtual void console_down(bool down) = 0;
};

// The console of one boot: one line at a time, opened anew when it drops and taken back when somebody else
// takes it. What is said meanwhile is lost, and noted as a gap. Reactor thread. `events` must live until
// run() has returned.
class HostConsole {
 public:
  using MakeLine = std::function<std::unique_ptr<ConsoleLine>()>;
  HostConsole(MakeLine make, Timekeeper& time, HostConsoleEvents& events) : make_(std::move(make)), time_(time), events_(events) {}

  // Tries again until `limit` has passed; a configuration that cannot be right is told at once.
  boost::asio::awaitable<Result<void>> open(std::chrono::seconds limit, std::stop_token stop);
  // Reads until close(); to be called once, after open().
  boost::asio::awaitable<void> run();
  // Bytes that cannot be sent are dropped: who waits for an answer to them asks again.
  boost::asio::awaitable<void> write(std::string bytes);
  void close();

 private:
  boost::asio::awaitable<bool> reopen(std::string why);

  MakeLine make_;
  Timekeeper& time_;
  HostConsoleEvents& events_;
  std::shared_ptr<ConsoleLine> line_;
  Timekeeper::Clock::time_point opened_{};
  std::chrono::milliseconds pause_{0};  // before the next try
  bool closed_ = false;
};

}  // namespace klab
