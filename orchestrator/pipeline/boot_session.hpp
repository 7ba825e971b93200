// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <string>

#include "console/watcher.hpp"
#include "pipeline/boot_run.hpp"

namespace klab {

// Everything one boot has shown so far. Receives the machine's events on the reactor thread and wakes
// whoever waits on `changed`.
class BootSession : public BootEvents {
 public:
  using Clock = std::chrono::steady_clock;

  BootSession(boost::asio::any_io_executor executor, const BootJob& job, BootProgressSink progress);

  void console(std::string_view bytes) override;
  void results(std::string_view bytes) override;
  void ended(PowerEnd end, std::string detail) override;
  void note(std::string text) override;
  void loading() override;
  void loaded() override;
  void results_cut(bool cut) override;

  // When the boot has to be looked at again, whatever happens, and why it is over then.
  struct Deadline {
    Clock::time_point at;
    std::string limit;  // the one that is exceeded then; empty: enough has been waited for
  };
  Deadline next_deadline() const;
  // Nothing more is awaited: the guest has ended, its report is whole, or it was stopped.
  bool is_over() const;
  void stop_requested() { stopped_ = true; }
  void diagnosed(Clock::time_point now) { diagnosed_at_ = now; }

  // After the power-off.
  BootEnd conclude(const std::optional<std::string>& expired);

  boost::asio::steady_timer changed;

 private:
  void tell();
  void keep(std::string_view bytes);
  Outcome judge(const std::optional<std::string>& expired, std::string& title, std::string& excerpt) const;
  void check_label(BootEnd& end);
  void keep_profile(BootEnd& end) const;
  bool has_said_hello() const { return collector_.results().hello; }
  bool has_finished() const { return collector_.results().ended; }

  const BootJob& job_;
  BootProgressSink progress_;
  ConsoleWatcher watcher_;
  ResultCollector collector_;
  std::string console_;
  std::string waiting_notes_;  // for the end of the line that is being said
  std::size_t console_cut_ = 0;
  const Clock::time_point power_on_ = Clock::now();
  Clock::time_point started_ = power_on_;  // of the kernel
  Clock::time_point last_byte_ = started_;
  std::optional<Clock::time_point> crash_seen_, wrong_at_, finished_at_, diagnosed_at_;
  std::optional<double> seconds_to_userspace_;
  std::optional<PowerEnd> end_;
  std::string end_detail_;
  std::vector<BootNote> notes_;
  bool loading_ = false;
  bool cut_ = false;              // the way of results, now
  bool cut_since_result_ = false;  // or at some time after the latest of them
  bool stopped_ = false;
};

}  // namespace klab
