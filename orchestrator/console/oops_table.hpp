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
  sanitizer,    // `title`, then the rest of the line up to " in ", then the function named there
  process,      // `title`, then the process's name, which stands in parentheses
};

// How one kind of report begins, and what is made of it.
struct OopsPattern {
  std::string_view text;   // the line begins with it, after printk's prefix
  std::string_view also;   // when not empty, the line contains it further on
  std::string_view kind;
  Outcome outcome;
  bool fatal;              // ends the boot; else it is recorded
  TitleForm form;
  std::string_view title;
  std::string_view end;    // a line that begins with it ends the report; empty: the report is one line
};

// The first row that fits a line counts, so special cases stand before general ones.
std::span<const OopsPattern> oops_table();
const OopsPattern* find_oops(std::string_view line);  // null when no report begins here

// Functions that stand above the guilty one in a back trace: what reports, locks, copies, schedules or
// enters the kernel. `function` is without suffixes such as ".isra.0".
bool is_generic_function(std::string_view function);

}  // namespace klab
