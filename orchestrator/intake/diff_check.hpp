// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/series.hpp"
#include "util/result.hpp"

namespace klab {

// Where a diff came from, for messages only.
struct DiffOrigin {
  std::string name = "diff";  // file, or file and subject
  std::optional<int>
      first_line;  // line of that file where the diff's text starts; unset when encoding moved lines
};

// The files a patch touches, old and new names, sorted, each once. `diff` may hold prose before, between
// and after its hunks, as git apply allows. Refuses, before anything is applied: paths that leave the tree
// or reach into .git in any spelling that some file system folds, symbolic links, submodules, NUL bytes,
// binary changes without content, sizes no patch has, hunks that do not hold what they announce, and white
// space that was destroyed in transit. Errors are of kind input and name origin, line and path. Pure, linear.
Result<std::vector<std::string>> check_diff(std::string_view diff, const DiffOrigin& origin = {});

// What the files of the diff were before it. Pure; takes a diff or a whole mail. New files have none. The first mention of a path counts, so
// that the patches of a series may be handed over one after the other in one text.
std::vector<PreimageBlob> preimage_blobs(std::string_view diff);

// Where the first file header starts ("diff --git", or "--- " followed by "+++ "), at the start of a line.
std::optional<std::size_t> find_diff(std::string_view text);

}  // namespace klab
