// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace klab {

// Whether `text` opens with the headers of a mail, From: with an address among them.
bool has_mail_headers(std::string_view text);

// Text that lost its headers, as a mail: a page of a web archive ("Re: [PATCH] title", From: and Date:
// each in a paragraph of its own), or a bare diff. What the first lines do not say is filled in: the title
// from `source`, an address that cannot exist. The rest of the text follows unchanged.
std::string mail_from_loose_text(std::string_view text, std::string_view source);

}  // namespace klab
