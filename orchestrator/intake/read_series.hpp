// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "intake/mailbox.hpp"
#include "model/series.hpp"
#include "util/result.hpp"

namespace klab {

struct IntakeOptions {
  std::optional<int> version;       // unset: the newest in the mailbox
  std::optional<PatchRange> range;  // only these parts; the others may be missing
  std::size_t max_bytes = 64u << 20;
  std::size_t max_messages = 20'000;
  int max_patches = 200;
};

// Reads one series from mails in any order: mboxes, patch files, Maildir messages. Every message that is
// not used is in series.left_aside with the reason. Patch::mail is as compose_mail makes it, and every diff
// has passed check_diff and git's own parser. With a range, series.patches holds those parts alone under
// their own numbers; without one, patches[i].number == i + 1.
// Runs git in a temporary directory; blocks (about 5 ms for each patch of the series). Keeps nothing.
// Errors are of kind input and name source, part or line; kind lab when git or the directory is missing.
Result<Series> read_series(const std::vector<RawSource>& sources, const IntakeOptions& options);

}  // namespace klab
