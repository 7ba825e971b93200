// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "model/outcome.hpp"
#include "util/result.hpp"

namespace klab::cli {

// What klab's exit status says; scripts and continuous integration build on it.
inline constexpr int exit_same_or_better = 0;
inline constexpr int exit_regression = 1;
inline constexpr int exit_kernel_failed = 2;  // a series does not read, apply, build, boot or finish
inline constexpr int exit_no_result = 3;      // the lab failed, or there is too little data
inline constexpr int exit_usage = 64;

// Of a command that ended in an error.
int exit_code_of(ErrorKind kind);

// Of an experiment that is done. `outcome` is its own; `report` is what the report says
// (report/exit_code.hpp), unset when there is none.
int exit_code_of(std::optional<Outcome> outcome, std::optional<int> report);

}  // namespace klab::cli
