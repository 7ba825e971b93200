// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace klab::page {

struct Asset {
  std::string content_type;
  std::string body;
};

// "klab.css", "klab.js", "klab.svg": all that a page asks for besides itself.
std::optional<Asset> asset(std::string_view name);
// Changes when one of them does; part of their addresses, so that they may be kept for ever.
std::string assets_version();

}  // namespace klab::page
