// SPDX-License-Identifier: GPL-3.0-or-later
#include "util/random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <system_error>

namespace klab {

std::uint64_t entropy_seed() {
  std::uint64_t value = 0;
  if (::getrandom(&value, sizeof value, 0) != sizeof value)
    throw std::system_error(errno, std::generic_category(), "cannot draw a seed");
  value &= (1ull << 53) - 1;
  return value == 0 ? 1 : value;
}

}  // namespace klab
