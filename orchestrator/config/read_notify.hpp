// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/config.hpp"
#include "config/toml_reader.hpp"

namespace klab {

void read_notify(TomlReader& reader, std::vector<NotifyChannel>& channels);  // one [[notify]]
void read_gc(TomlReader& reader, GcConfig& gc);                              // [gc]

}  // namespace klab
