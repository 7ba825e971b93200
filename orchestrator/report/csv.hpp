// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "model/comparison.hpp"

namespace klab {

// One heading line, then one line per contrast and row (a contrast's failed boots last), as RFC 4180
// has it: commas, CRLF, quotes where needed, UTF-8 without byte order mark. Numbers are raw (shortest
// text that reads back the same), empty where absent. A text cell that a spreadsheet would take for a
// formula opens with an apostrophe. Columns are only ever added at the end. Pure.
std::string render_csv(const Report& report);

}  // namespace klab
