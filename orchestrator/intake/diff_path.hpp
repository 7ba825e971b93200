// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace klab {

// A path as git writes it in a diff header: quoted as in C when it holds unusual bytes, otherwise up
// to a tab. Nothing when the quoting is broken.
std::optional<std::string> unquote_path(std::string_view written);

// The name of a --- or +++ line that git did not write, where a date may follow a space instead of a tab.
std::string_view without_date(std::string_view written);

// Both names of "diff --git a/x b/x", still with their first component. git needs them only where
// nothing else in the header names the file, and then both are the same file; so a split is accepted
// only where the rest of both names agrees.
std::optional<std::pair<std::string, std::string>> git_header_names(std::string_view names);

// Why a patch may not touch `path` (first component already stripped); empty when it may.
std::string path_objection(std::string_view path);

}  // namespace klab
