// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

#include "util/result.hpp"

namespace klab::cli {

// `klab dial`, what ssh runs for a klab elsewhere: says how it went (dial_greeting), then copies `in` to klabd's
// socket and what comes from there to `out`, until klabd or the reader has gone. Returns the exit code.
int dial(const std::filesystem::path& socket, int in, int out);

}  // namespace klab::cli
