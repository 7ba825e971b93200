// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/outcome.hpp"

namespace klab {

// How far a boot has come, by what the console showed. Only ever grows.
enum class BootStage { nothing, kernel, init, runner, done };
std::string_view name(BootStage stage);  // "nothing", "kernel", "init", "runner", "done"

// A report of the kernel's about itself.
struct Crash {
  Outcome outcome = Outcome::crashed;  // crashed, hung or boot_failed
  std::string kind;                    // of the table: "oops", "panic", "soft-lockup", "kasan", ...
  std::string title;                   // as kernel developers write it, one line: "kernel BUG in foo"
  std::string function;                // the guilty one, or empty
  std::string excerpt;                 // the report's lines, without colours and carriage returns, bounded
  std::size_t first_line = 0;          // in the console, counted from 1, both included
  std::size_t last_line = 0;
  bool complete = false;  // the report's own end marker has been seen (or the console ended)
};

// Turns console bytes and the time of their arrival into what a boot needs to know. No I/O, no clock, no
// thread of its own. Input may be cut anywhere; lines end in \n or \r\n; colours, printk time stamps,
// caller ids and log levels are seen through. Memory is bounded whatever comes.
class ConsoleWatcher {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  ConsoleWatcher();
  ConsoleWatcher(ConsoleWatcher&&) noexcept;
  ConsoleWatcher& operator=(ConsoleWatcher&&) noexcept;
  ~ConsoleWatcher();

  void feed(std::string_view bytes, TimePoint now);
  // The console has ended: the last line counts although no line feed came, and a report under way is
  // complete.
  void finish();

  BootStage stage() const;
  // The first fatal report, or the one that a panic was ordered for (panic_on_warn). The panic, reboot and
  // other consequences lengthen it. Its title may still become better until it is complete: give it a moment.
  const std::optional<Crash>& crash() const;
  // The other reports, in order; bounded: those that do not end a boot (WARNING, lockdep, out of memory,
  // ...), and what was reported after the crash.
  const std::vector<Crash>& recorded() const;
  std::size_t lines() const;  // seen so far, the unfinished one included
  // When the last byte came; nothing before the first byte.
  std::optional<TimePoint> silent_since() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace klab
