// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "console/backtrace.hpp"
#include "console/line.hpp"
#include "console/oops_table.hpp"
#include "console/watcher.hpp"

namespace klab {

// One report under way: gathers its lines, finds its end, makes its title.
class ConsoleReport {
 public:
  explicit ConsoleReport(const OopsPattern& pattern) : pattern_(&pattern), guilty_(pattern) {}

  void context(const ConsoleLine& line, std::size_t number);  // a line before the first one that counts
  void begin(const ConsoleLine& line, std::size_t number, BootStage stage);
  // A line that comes later; the report takes what is its own.
  void feed(const ConsoleLine& line, std::size_t number);
  // The head of another report in the same context: what follows is no longer this one's.
  void stop() { guilty_.stop(); }
  void finish() { crash_.complete = true; }
  // The kernel stopped because of this report.
  void make_fatal() { fatal_ = true; }

  bool is_fatal() const { return fatal_; }
  bool in_trace() const { return guilty_.in_trace(); }
  const std::string& caller() const { return caller_; }
  const Crash& crash() const { return crash_; }

 private:
  struct Held {
    std::size_t number;
    std::string text;
  };

  void keep(std::string_view text, std::size_t number);
  void hold(std::string_view text, std::size_t number);
  void read(std::string_view text);
  void read_first(std::string_view rest);
  void make_title();
  bool is_mine(const ConsoleLine& line) const;
  bool is_end(std::string_view text) const;
  bool is_part(std::string_view text) const;

  const OopsPattern* pattern_;
  Crash crash_;
  GuiltyFunction guilty_;
  bool fatal_ = false;
  bool all_processors_ = false;  // other processors were asked for their back traces
  std::string caller_;           // of the first line; other callers' lines are not the report's
  std::string subject_;          // what the first line says beyond the pattern
  std::string access_;           // " Read", " Write": KASAN says it on a line of its own
  std::vector<Held> held_;       // lines that are the report's only if more of it comes
  std::size_t fed_ = 0;
  std::size_t quiet_ = 0;  // lines in a row that do not look like a report's
};

}  // namespace klab
