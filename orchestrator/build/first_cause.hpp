// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace klab {

// What broke a kernel build, out of a log of thousands of lines.
struct FirstCause {
  std::string what;          // row of the table: "compiler", "linker", "modpost", "kconfig", "disk", ...
  std::string file;          // relative to the source tree; empty when the line names none
  int line = 0;              // in `file`; 0 when the line names none
  std::string message;       // without file and line
  std::size_t log_line = 0;  // in the log, from 1
  bool lab = false;          // the laboratory's doing (disk full, out of memory), not the kernel's
  std::string text() const;  // "kernel/workqueue.c:2310: error: ...", one printable line
};

// The first line that the table knows as a cause. Lines that only say that something failed before
// (make's "*** Error 1") count only when nothing else is found.
std::optional<FirstCause> first_cause(std::string_view log);

}  // namespace klab
