// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "build/first_cause.hpp"
#include "model/series.hpp"

namespace klab {

// Which patch of a series a cause in the patched tree leads to, as words in brackets:
//   touched by patch 2/4 "mm/slub: drain remotely"
//   include/linux/wq.h touched by patch 1/4 "wq: add a member"
//   `wq_secret' used by patch 3/4 "wq: export it"
//   not touched by the series
// The patch that brought the line itself before the last one that touched the file; then what includes
// the file or a note points at; then who uses or removes the symbol. Empty when there is nothing to say:
// no patches, or a cause without file and symbol.
std::string blame(const FirstCause& cause, const std::vector<Patch>& patches);

}  // namespace klab
