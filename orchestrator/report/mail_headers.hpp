// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "util/mail_words.hpp"

namespace klab::report {

// A header for people who paste: folded at spaces, UTF-8 as it is. Line breaks and control characters are gone before it
// is folded, so that nothing of a series can begin a header of its own. Ends in "\n". Pure.
std::string plain_header(std::string_view name, std::string_view value, std::size_t width);

}  // namespace klab::report
