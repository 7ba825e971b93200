// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <iosfwd>
#include <string_view>

#include "util/result.hpp"

namespace klab::cli {

// Where a command reads and writes. Borrowed from main or from a test.
struct Streams {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool out_is_terminal = false;
  std::function<int()> columns = [] { return 80; };  // of the terminal, asked for at every redraw
};

// Says what went wrong, with the output that explains it below, and gives the exit code that belongs to it.
int fail(Streams& streams, const Error& error);
int fail(Streams& streams, const Error& error, int exit_code);

}  // namespace klab::cli
