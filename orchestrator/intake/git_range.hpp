// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

#include "intake/mailbox.hpp"
#include "util/result.hpp"

namespace klab {

// Whether `argument` is written like a range of commits, A..B or A.., with neither side starting with "-" or
// ".".
bool looks_like_range(const std::string& argument);

// The commits of A..B as git format-patch writes them, whatever the user's configuration says, with
// base-commit. Merges, an empty range and a third dot are refused. Runs git with the user's environment,
// for safe.directory and the like; blocks.
Result<RawSource> read_git_range(const std::string& range, const std::filesystem::path& repository);

}  // namespace klab
