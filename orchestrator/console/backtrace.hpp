// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace klab {

// "foo" of a "foo+0x12/0x34" that stands in `text`, without suffixes the compiler added (.isra.0,
// .constprop.0, .part.0, .cold); empty when there is none.
std::string symbol_in(std::string_view text);

// Finds the guilty function in the lines of one report: the first one, from the instruction pointer down
// the call trace, that is not a generic one.
class GuiltyFunction {
 public:
  void feed(std::string_view line);
  // Offers a function that the report's first line names.
  void offer(std::string function);
  // Where the trace has only guesses ("? foo": every entry of an unwinder without frame pointers), the
  // first of them; where all are generic ones, the first of those; empty when none is known.
  const std::string& function() const {
    return !found_.empty() ? found_ : !guess_.empty() ? guess_ : fallback_;
  }
  bool known() const { return !found_.empty() || !guess_.empty(); }

 private:
  std::string found_;
  std::string guess_;
  std::string fallback_;
  bool in_trace_ = false;
};

}  // namespace klab
