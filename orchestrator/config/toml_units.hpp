// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdio>
#include <string>

#include "config/toml_reader.hpp"

namespace klab {

inline void read_seconds(TomlReader& reader, std::string_view key, std::chrono::seconds& to, long long least = 1) {
  long long seconds = to.count();
  reader.read_range<long long>(key, seconds, least, 86400);
  to = std::chrono::seconds(seconds);
}

// "512M", "2G"; in MiB.
inline void read_size(TomlReader& reader, const char* key, int least, int& mib) {
  std::string text;
  reader.read(key, text);
  if (!reader.has(key) || reader.failed()) return;
  char unit = 'M';
  long long value = 0;
  char rest = 0;
  const int fields = std::sscanf(text.c_str(), "%8lld%c%c", &value, &unit, &rest);
  if (fields == 2 && unit == 'G') value *= 1024;
  if (fields != 2 || (unit != 'G' && unit != 'M') || value < least || value > 1 << 24)
    return reader.fail_at(key, fmt::format("must be a size such as \"512M\" or \"2G\", at least {}M", least));
  mib = static_cast<int>(value);
}

}  // namespace klab
