// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string_view>

#include "model/outcome.hpp"

namespace klab {

// How the title of a report is made.
enum class TitleForm {
  fixed,        // `title` alone
  in_function,  // `title`, then " in " and the guilty function where one is known
  line,         // `title`, then the rest of the line
  until,        // `title`, the rest of the line up to `also`, `tail`, then as in_function
  after,        // `title`, the rest of the line from the end of `also`, then as in_function
  sanitizer,    // `title`, the rest of the line up to " in ", the access, then as in_function
  process,      // `title`, then the process's name, which stands in parentheses
};

// Where a report names the guilty function.
enum class Search {
  none,
  named,      // in its first line; else at the instruction pointer, then down the trace
  traced,     // in its first line; else down its trace, which has no heading
  pointer,    // at the instruction pointer, then down the call trace
  trace,      // down the call trace
  lock,       // where the lock is taken: "at: foo+0x1/0x2"; else down the call trace
  stall,      // who was called by a dispatcher, in the context that the timer interrupted
  hung_task,  // who began to wait, down the call trace
  marked,     // down the trace that stands below a line that contains `mark`; else down the call trace
  word,       // the last word of a line that contains `mark`
};

// How one kind of report begins, and what is made of it.
struct OopsPattern {
  std::string_view text;  // the line begins with it, after printk's prefix
  std::string_view also;  // the line contains it further on; a "*" stands for any characters
  std::string_view kind;
  Outcome outcome;
  bool fatal;  // ends the boot; else it is recorded
  TitleForm form;
  std::string_view title;
  std::string_view end;  // a line that begins with it ends the report; empty: the report is one line
  Search search = Search::none;
  std::string_view skip = {};  // globs of functions that are not guilty in this kind of report
  std::string_view mark = {};
  std::string_view tail = {};
};

// The first row that fits a line counts, so special cases stand before general ones.
std::span<const OopsPattern> oops_table();
const OopsPattern* find_oops(std::string_view line);  // null when no report begins here

// Whether `line`, which fits a row, may as well be a later line of a report that is under way: the
// exception or the panic that the report's first line leads to.
bool is_continuation(std::string_view line);

// Whether `line` is a panic that only carries out what was ordered for the case of a report
// (panic_on_warn, panic_on_oops, ...).
bool is_panic_over_report(std::string_view line);

}  // namespace klab
