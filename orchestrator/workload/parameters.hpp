// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "workload/definition.hpp"

namespace klab {

// Why `value` cannot be a value of `parameter`, or nothing.
std::optional<std::string> wrong_value(const Parameter& parameter, std::string_view value);

// profile, passes, pass_timeout: given like parameters, known to every workload.
bool is_reserved_parameter(std::string_view name);

}  // namespace klab
