// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

#include "util/result.hpp"

namespace klab {

// One hash over the names, kinds, modes, sizes and modification times of everything below a directory.
// What a power cut leaves of a tree of objects (files missing, empty, short) differs in it, and so does
// whatever is written to it later; contents that change under an unchanged size and time do not, which
// is the price of seconds instead of minutes. The artefacts that boot are hashed whole, see manifest.hpp.
// Kind failed, with the path below the directory, when a build left there what can be neither read nor used:
// a directory without permission, a path without end, more names than fit. Blocks; for a thread that may.
Result<std::string> listing_hash(const std::filesystem::path& directory);

// Everything written so far to the file system of `path` is on the disk when this returns; before a name
// is given that others trust. Blocks.
Result<void> sync_file_system(const std::filesystem::path& path);

}  // namespace klab
