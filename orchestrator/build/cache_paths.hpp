// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "util/result.hpp"

namespace klab {

// Where the builder keeps what it has finished, and what it notes there.
std::filesystem::path kernel_directory(const std::filesystem::path& cache, const std::string& key);
std::filesystem::path module_directory(const std::filesystem::path& cache, const std::string& key);

// How many object trees may lie over one another: a series, its commit, what that was built over, and one more, as when a
// tested patch has become a commit. What lies deeper is built again over less.
inline constexpr std::size_t kMostLayers = 4;

// By the time of its last change `klab gc` tells what is in use, also by other klabds; before it is looked at, so that
// it cannot go in between.
void mark_used(const std::filesystem::path& directory);

// Into the log, of a directory that is there and does not open; one that was never made is nothing to speak of.
void say_damaged(const std::filesystem::path& log, const std::filesystem::path& directory, const Error& why);

}  // namespace klab
