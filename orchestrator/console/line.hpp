// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace klab {

// A console line, or the part of it that one writer wrote.
struct ConsoleLine {
  std::string caller;       // printk's caller id, "T12" or "C0", when it is printed
  long seconds = -1;        // of the time stamp; -1 without one
  bool has_prefix = false;  // a time stamp, a log level or a syslog word came before the text
  std::string text;         // without colours, other control characters and that prefix
};

// Takes a raw line apart. When the kernel began to print in the middle of somebody else's line (its time
// stamp tells), both parts are given, in order.
std::vector<ConsoleLine> read_line(std::string_view raw);

// `raw` without escape sequences and control characters (tabs become spaces).
std::string plain_text(std::string_view raw);

}  // namespace klab
