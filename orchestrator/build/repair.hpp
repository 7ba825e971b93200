// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

namespace klab {

// What a power cut or a killed git leaves in a bare repository of ours stops every later git there, because ids and names
// come again. Objects and refs without content:
std::vector<std::filesystem::path> empty_objects(const std::filesystem::path& repository);
// Locks and halves of packs. Another git may write objects there at the same time, but none that changes refs.
void remove_leftovers(const std::filesystem::path& repository);

// A repository that git would take for one; of a cut in the middle of making one there may be files without content.
bool is_repository(const std::filesystem::path& directory);

// Whether git's words are about a repository that is damaged, and not about what it was asked for.
bool tells_of_damage(std::string_view words);

}  // namespace klab
