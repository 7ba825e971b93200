// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "config/config.hpp"
#include "config/toml_reader.hpp"

namespace klab {

// The table of one host; adds the machine and the host, or leaves the reader with an error.
void add_host(const std::string& name, TomlReader& reader, Config& config);
void read_netboot(TomlReader& reader, NetbootConfig& netboot);

}  // namespace klab
