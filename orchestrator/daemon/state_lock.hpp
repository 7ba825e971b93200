// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

#include "util/fd.hpp"
#include "util/result.hpp"

namespace klab {

// One klabd per state directory. The lock is the kernel's, so a killed daemon leaves none behind.
Result<UniqueFd> lock_state(const std::filesystem::path& state);

}  // namespace klab
