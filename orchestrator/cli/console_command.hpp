// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "cli/streams.hpp"

namespace klab::cli {

// `klab console FILE...`: what klab finds in console logs, "-" being standard input. Needs no daemon. Returns
// 1 when any of them holds a report, else 0.
int show_consoles(Streams& streams, const std::vector<std::string>& files, bool as_json);

}  // namespace klab::cli
