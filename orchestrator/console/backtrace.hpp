// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "console/oops_table.hpp"

namespace klab {

// "foo" of a "foo+0x12/0x34" that stands in `text`, without suffixes the compiler added (.isra.0,
// .constprop.0, .part.0, .cold); empty when there is none.
std::string symbol_in(std::string_view text);

// One entry of a back trace; `function` is empty when the line is none.
struct TraceEntry {
  std::string function;
  std::string caller;     // arm's entries name two: "foo from bar+0x12/0x34"
  bool is_guess = false;  // the unwinder does not vouch for it: "? foo", "(unreliable)"
};
TraceEntry read_frame(std::string_view line);

// Finds the guilty function in the lines of one report, in the way its pattern asks for.
class GuiltyFunction {
 public:
  explicit GuiltyFunction(const OopsPattern& pattern) : pattern_(&pattern) {}

  void feed(std::string_view line);
  // Offers a function that the report's first line names.
  void offer(std::string_view function);
  // Nothing further belongs to the report.
  void stop() { stopped_ = true; }

  // As it stands in a title. Where the trace has only guesses (every entry of an unwinder without frame
  // pointers), the first of them; where all are generic ones, the first of those; empty when none is known.
  std::string function() const;
  bool known() const {
    return !found_.empty() || !guess_.empty() || (!fallback_.empty() && !is_skipped(fallback_));
  }
  // Nothing that follows can be better.
  bool settled() const {
    return pattern_->search == Search::stall ? interrupted_ && !found_.empty() : known();
  }
  bool in_trace() const { return frames_ > 0; }

 private:
  bool is_skipped(std::string_view function) const;
  void take(const std::string& function, bool is_guess);
  void take_in_stall(const std::string& function);
  void take_in_hung_task(const std::string& function);
  void begin_stack(bool of_the_report);

  const OopsPattern* pattern_;
  std::string found_;
  std::string guess_;
  std::string fallback_;
  std::string previous_;      // of a stall's frames
  bool interrupted_ = false;  // a stall's frames are from below the interrupt
  bool in_trace_ = false;
  bool stack_of_other_ = false;  // the next stack is not the report's
  bool lock_follows_ = false;    // "at:" ended the line before
  bool marked_ = false;
  bool stopped_ = false;
  std::size_t frames_ = 0;
};

}  // namespace klab
