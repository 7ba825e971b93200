// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace klab {

// A different host for each of several wishes, from what each would take; of all ways the first, wishes and
// candidates in their order. Nothing when there is no such way. Pure.
std::optional<std::vector<std::string>> choose_hosts(const std::vector<std::vector<std::string>>& candidates);

}  // namespace klab
