// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "util/columns.hpp"

namespace klab::report {

// Text in columns. Every function expects text that went through printable().

using klab::columns;

// At most `width` columns; what was cut ends in "~".
std::string cut(std::string_view text, std::size_t width);

// `text` broken at spaces into lines of at most `width` columns, a word longer than that broken
// anywhere. The first line opens with `first` spaces, the others with `indent`; both count and are
// less than `width` - 1. Ends in "\n" unless `text` is blank.
std::string wrap(std::string_view text, std::size_t width, std::size_t indent = 0, std::size_t first = 0);

struct TableColumn {
  std::string head;  // a second line of the heading follows "\n"
  bool right = true;
  std::size_t least = 0;  // the column may be cut to this many columns; 0: never cut
};

// A table of at most `width` columns. Columns that allow it are cut first; where the numbers still do
// not fit, each row becomes a paragraph "first cell: head value; head value", because a number is
// never cut. Each line ends in "\n".
std::string table(const std::vector<TableColumn>& heads, const std::vector<std::vector<std::string>>& rows,
                  std::size_t width);

}  // namespace klab::report
