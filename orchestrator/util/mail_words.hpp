// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace klab {

// Lines of a mail (RFC 5322), and the words in its headers that are not ASCII (RFC 2047). Nothing that was in a mail of
// somebody's can begin a header of its own here: line breaks and control characters are gone before anything is folded.
// Pure.

inline constexpr std::size_t most_line_bytes = 998;  // what a mail server has to take

bool is_printable_ascii(std::string_view text);
bool has_to_be_encoded(std::string_view text);  // not ASCII, or it would be taken for encoded words

// Words "=?utf-8?B?...?=" with spaces between, each for at most so many bytes of the text; no character is torn.
inline constexpr std::size_t most_encoded = 45;  // an encoded word may have 75 characters
std::string encoded_words(std::string_view text, std::size_t bytes = most_encoded);

// "Name: value", with line breaks before spaces, so that unfolding gives the value back: a word that is wider than `width`
// has a line of its own. Ends in "\n". `columns` measures a word.
std::string folded_header(std::string_view name, std::string_view value, std::size_t width, std::size_t (*columns)(std::string_view));

// For a mail: one line's worth of text, printable, folded, and encoded where it has to be: beyond ASCII, and where a word is
// longer than a line may be.
std::string text_header(std::string_view name, std::string_view value);

// For a mail's body: lines wider than `width` columns (40 to 80) are broken at blanks, and go on indented where they began
// so. A word stays whole, up to what a line may have. Every line ends in "\n".
std::string wrapped_body(std::string_view text, std::size_t width);

// "local@domain" in ASCII without spaces and brackets; given without brackets.
bool is_message_id(std::string_view id);

struct Mailbox {
  std::string name;     // without its quotes; may be empty
  std::string address;  // empty: none is there that can stand in a header
};

// Of "Name <address>", "address" or "address (Name)"; everything printable, nothing decoded.
Mailbox read_mailbox(std::string_view text);
std::string mail_address(std::string_view mailbox);  // the address alone

// The mailboxes of a header such as Cc, as they stand there: commas in quotes, comments and brackets part nothing, and a
// group is its members.
std::vector<std::string> split_mailboxes(std::string_view value);

// The value of such a header, for people: names quoted where they have to be, UTF-8 as it is. What has no address is left out.
std::string mailbox_list(const std::vector<std::string>& mailboxes);

// The whole header, for a mail: names encoded as well. Empty when nobody is left.
std::string address_header(std::string_view name, const std::vector<std::string>& mailboxes);

}  // namespace klab
