// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "console/backtrace.hpp"
#include "console/line.hpp"
#include "console/oops_table.hpp"
#include "console/watcher.hpp"

namespace klab {

// One report under way: gathers its lines, finds its end, makes its title.
class ConsoleReport {
 public:
  explicit ConsoleReport(const OopsPattern& pattern) : pattern_(&pattern) {}

  void context(const ConsoleLine& line, std::size_t number);  // a line before the first one that counts
  void begin(const ConsoleLine& line, std::size_t number, BootStage stage);
  void feed(const ConsoleLine& line, std::size_t number);
  void keep(const ConsoleLine& line, std::size_t number);  // for the excerpt only
  void finish() { crash_.complete = true; }

  // Whether what looks like the beginning of another report belongs to this one: the WARNING under the
  // message that explains it.
  bool includes(const OopsPattern& pattern) const;
  const Crash& crash() const { return crash_; }

 private:
  void make_title();
  bool is_end(std::string_view text) const;

  const OopsPattern* pattern_;
  Crash crash_;
  GuiltyFunction guilty_;
  std::string caller_;   // of the first line; other callers' lines are not the report's
  std::string subject_;  // what the first line says beyond the pattern
  std::string access_;   // " Read", " Write": KASAN says it on a line of its own
  std::size_t fed_ = 0;
};

}  // namespace klab
