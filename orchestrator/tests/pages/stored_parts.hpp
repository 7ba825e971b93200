// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <fmt/format.h>

#include <ctime>
#include <stdexcept>
#include <string>

#include "util/result.hpp"

// What the parts of StoredLab share.
namespace klab::test {

inline constexpr double first_day = 1790000000.0;  // in September 2026
inline constexpr const char* cases[] = {"cpu", "smt", "cache", "numa", "system"};

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}
inline void must(Result<void> result) {
  if (!result) throw std::runtime_error(result.error().message);
}

inline std::string commit(int number) {
  return fmt::format("{:08x}{:08x}{:08x}{:08x}{:08x}", 0x5eed0000u + static_cast<unsigned>(number), number * 7919,
                     number * 104729, 77, number);
}

inline std::string date(double when) {
  const auto t = static_cast<std::time_t>(when);
  std::tm parts{};
  gmtime_r(&t, &parts);
  return fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}


}  // namespace klab::test
