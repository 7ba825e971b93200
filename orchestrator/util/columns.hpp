// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string_view>

namespace klab {

// Columns that text takes on a terminal. It went through printable() before. One for a code point, two for the wide ones of
// East Asian scripts and for emoji, none for a mark that stands on another character. Where terminals differ, the wider
// is counted: a line can come out shorter than counted, not longer. No column has more than 12 bytes, because only the
// first two marks of a character are free: what fits into 80 columns is less than the 998 bytes that a line of a mail
// may have. Pure, linear.
std::size_t columns(std::string_view text);

// Bytes of the longest beginning of at most `width` columns; it parts no character from its marks.
std::size_t bytes_within(std::string_view text, std::size_t width);

}  // namespace klab
