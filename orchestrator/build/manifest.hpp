// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "util/result.hpp"

namespace klab {

// manifest.json of an artefact directory: what is in it, and what it was made from. Written last, so
// that a directory without one was never finished.
struct Manifest {
  std::string key;
  std::map<std::string, std::string> facts;  // release, compiler, image, commit, ...
  std::map<std::string, std::string> files;  // path below the directory to SHA-256
};

// Hashes every file of the directory and writes the manifest. Kind failed when the build left
// anything but files and directories: a link could lead a reader anywhere.
Result<Manifest> seal_directory(const std::filesystem::path& directory, Manifest manifest);

// Reads a manifest and verifies every file against it. An error means damaged or unfinished.
Result<Manifest> open_sealed(const std::filesystem::path& directory, const std::string& key);

}  // namespace klab
