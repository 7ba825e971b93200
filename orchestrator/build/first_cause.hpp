// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace klab {

struct SourcePlace {
  std::string file;  // relative to the source tree
  int line = 0;
};

// What broke a kernel build, out of a log of thousands of lines.
struct FirstCause {
  std::string what;          // row of the table: "compiler", "linker", "modpost", "kconfig", "disk", ...
  std::string file;          // relative to the source tree; empty when the line names none
  int line = 0;              // in `file`; 0 when the line names none
  std::string message;       // without file and line
  std::size_t log_line = 0;  // in the log, from 1
  bool lab = false;  // as it reads, the laboratory's doing (disk full, tool missing), not the kernel's;
                     // a hostile build can print the same, see blame()
  int column = 0;    // 0 when the line names none
  std::string subject = {};               // the symbol, tool or header it is about, where the row knows
  std::vector<SourcePlace> related = {};  // who included `file`, and what the compiler's notes point at
  std::string text() const;               // "kernel/workqueue.c:2310:9: error: ...", one printable line
};

// The first line that the table knows as a cause. Lines that only say that something failed before
// (make's "*** Error 1") count only when nothing else is found. Takes seconds at most for any log: where
// very much of it looks like a cause and is none, only its beginning and its end are looked at.
std::optional<FirstCause> first_cause(std::string_view log);

struct CauseRow {
  const char* what;
  const char* hint;     // a line without this text is not looked at further: regular expressions are slow
  const char* pattern;  // of the whole line
  int file, line, column, message, subject;  // capture groups; 0: none
  bool lab = false;
};
// In order of preference for one line.
const std::vector<CauseRow>& cause_table();

}  // namespace klab
