// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace klab {

// Scratch directories and files are named for what they are for and the number of their process, so that a later one can
// tell which of them nobody uses any more: "<purpose><number>-<anything>".
std::string scratch_prefix(std::string_view purpose);
bool belongs_to_a_living_process(std::string_view name, std::string_view purpose);

// Those for this purpose that a killed process left in `directory`; nothing where there is no such directory.
std::vector<std::filesystem::path> left_scratch(const std::filesystem::path& directory, std::string_view purpose);

}  // namespace klab
