// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "cli/streams.hpp"
#include "config/config.hpp"

namespace klab::cli {

// The program: reads the command line (without the program's name), runs the command, returns the exit code.
int run(const std::vector<std::string>& arguments, Streams& streams, const ConfigEnvironment& environment);

}  // namespace klab::cli
