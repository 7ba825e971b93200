// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ostream>

#include "util/result.hpp"

namespace klab {

// So that a failed REQUIRE of a Result says why.
inline std::ostream& operator<<(std::ostream& out, const Error& error) { return out << error.message; }

}  // namespace klab
