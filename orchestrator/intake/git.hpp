// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "util/process.hpp"
#include "util/result.hpp"

namespace klab {

// Runs git with no configuration but its defaults, outside any repository, in `directory`; the
// result does not depend on who runs it where. Blocks; at most 30 s. A non-zero exit is a result.
Result<ProcessResult> run_isolated_git(const std::filesystem::path& directory,
                                       std::vector<std::string> arguments, std::string standard_input);

// What git's stderr says first behind "fatal: " or "error: "; else how it ended.
std::string git_words(const ProcessResult& result);

}  // namespace klab
