// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace klab {

// What may name things of a workload. The names go into paths, environment variables and the lines
// of job.conf, so the sets are small on purpose.

bool is_workload_name(std::string_view name);     // a-z 0-9 - _, begins with a letter
bool is_variable_name(std::string_view name);     // metrics, parameters: a-z 0-9 _, begins with a letter
bool is_case_name(std::string_view name);         // letters, digits and . _ + = : -
bool is_parameter_value(std::string_view value);  // printable ASCII without "," , at most 200 bytes

}  // namespace klab
