// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace klab {

// Headers of a mail (RFC 5322) and the words in them that are not ASCII (RFC 2047). Pure.

bool is_printable_ascii(std::string_view text);
bool has_to_be_encoded(std::string_view text);  // not ASCII, or it would be taken for encoded words

// Words "=?utf-8?B?...?=" with spaces between, each for at most so many bytes of the text; no character is torn.
inline constexpr std::size_t most_encoded = 45;  // an encoded word may have 75 characters
std::string encoded_words(std::string_view text, std::size_t bytes = most_encoded);

// "Name: value", with line breaks before spaces, so that unfolding gives the value back. Ends in "\n". `columns` measures
// a word.
std::string folded_header(std::string_view name, std::string_view value, std::size_t width, std::size_t (*columns)(std::string_view));

// For a mail: one line's worth of text, printable, encoded where it has to be, and folded.
std::string text_header(std::string_view name, std::string_view value);

}  // namespace klab
