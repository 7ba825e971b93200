// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "util/mail_words.hpp"

namespace klab::report {

// Mail headers (RFC 5322), and what they may carry beyond ASCII (RFC 2047). Nothing that was in a mail of somebody's
// can begin a header of its own here: line breaks and control characters are gone before anything is folded. Pure.

// For people who paste: folded at spaces, UTF-8 as it is. Ends in "\n".
std::string plain_header(std::string_view name, std::string_view value, std::size_t width);

// For a mail: folded, and words in UTF-8 encoded.
using klab::text_header;

// The same for one "Name <address>": the name quoted or encoded where it has to be. Empty unless the address is
// one that can stand in a header.
std::string address_header(std::string_view name, std::string_view mailbox);

// "local@domain" in ASCII without spaces and brackets; of a mailbox, or of a Message-ID.
std::string address_of(std::string_view mailbox);  // empty: none, or not safe
bool is_message_id(std::string_view id);           // without brackets

}  // namespace klab::report
