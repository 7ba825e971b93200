// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace klab {

// `bytes` of the character set `name`, as UTF-8. A name that nobody knows, and bytes that are not of that
// set, come back unchanged: what a diff says in ASCII is still good then. Pure, linear.
std::string to_utf8(std::string_view bytes, std::string_view name);

// A header's value with its encoded words (RFC 2047) in UTF-8, also where a character is spread over two
// words. Line ends become spaces. Pure, linear.
std::string decode_words(std::string_view value);

std::string decode_quoted_printable(std::string_view text);

// Stops at the first line that is not base64, as where a list has added its footer, and keeps the rest.
std::string decode_base64(std::string_view text);

}  // namespace klab
