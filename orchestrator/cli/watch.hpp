// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "cli/client.hpp"
#include "cli/streams.hpp"

namespace klab::cli {

// Follows an experiment to its end: one line redrawn on a terminal, else a line per step, or with `json` one
// JSON object per change. Then prints outcome and report (with `json` one last object that holds both) and
// returns the exit code. An interrupt detaches: the experiment goes on, and 0 is returned.
int watch(Streams& streams, Client& client, std::int64_t id, bool json);

}  // namespace klab::cli
