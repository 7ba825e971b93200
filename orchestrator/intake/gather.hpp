// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "intake/mailbox.hpp"
#include "util/result.hpp"

namespace klab {

// Reads what the user named on the command line; for clients, which have the user's files and rights.
// Each argument is "-" (`standard_input`), a file (mbox, patch, also gzip'd), a directory of
// git format-patch output (*.patch, *.mbox, *.eml by name) or a Maildir (new and cur), a Message-ID or
// archive link (see fetch_thread), or a git range such as A..B in `repository_for_ranges`, which git
// format-patch turns into mails with base-commit.
// Files come in the order given. At most 64 MiB and 20,000 files together. Blocks. Errors are of kind input.
Result<std::vector<RawSource>> gather(const std::vector<std::string>& arguments,
                                      std::string_view standard_input,
                                      const std::filesystem::path& repository_for_ranges);

}  // namespace klab
