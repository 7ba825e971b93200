// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "intake/message.hpp"

namespace klab {

// "Reviewed-by: Name <address>" and other -by: lines that a reply writes itself, unquoted.
std::vector<std::string> offered_trailers(const Message& reply);

// Value of the last line "<key>: value" of the text; empty when there is none.
std::string line_value(std::string_view text, std::string_view key);

// The lines "prerequisite-patch-id: ..." and its kin, as written.
std::vector<std::string> prerequisite_lines(std::string_view text);

}  // namespace klab
