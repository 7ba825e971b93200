// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/streams.hpp"

#include <ostream>

#include "cli/exit_codes.hpp"
#include "util/text.hpp"

namespace klab::cli {

int fail(Streams& streams, const Error& error) { return fail(streams, error, exit_code_of(error.kind)); }

int fail(Streams& streams, const Error& error, int exit_code) {
  streams.out.flush();
  streams.err << "klab: " << printable(error.message) << '\n';
  if (!trim(error.tail).empty())
    for (const auto& line : split_lines(printable_lines(error.tail))) streams.err << "  " << line << '\n';
  streams.err.flush();
  return exit_code;
}

}  // namespace klab::cli
