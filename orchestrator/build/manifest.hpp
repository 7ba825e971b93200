// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "util/result.hpp"

namespace klab {

// manifest.json of an artefact directory: what is in it, and what it was made from. Written last, so
// that a directory without one was never finished.
struct Manifest {
  std::string key;
  std::map<std::string, std::string> facts;  // release, compiler, image, commit, ...
  std::map<std::string, std::string> files;  // path below the directory to SHA-256
};

// What may be kept of a build's results: they were left by code that nobody has looked at.
struct SealLimits {
  std::vector<std::string> required;  // files that have to be there
  std::uint64_t bytes = 8ull << 30;   // of all files, by their length
  std::size_t files = 100'000;
  std::size_t names = 16u << 20;      // bytes of all their names: manifests are read whole, and often
};

// Hashes every file of the directory and writes the manifest. Kind failed when the build left
// anything but readable files with printable names and directories (a link could lead a reader
// anywhere), a file that is nearly all hole, more than `limits`, or less.
Result<Manifest> seal_directory(const std::filesystem::path& directory, Manifest manifest,
                                const SealLimits& limits = {});

// Reads a manifest alone: nothing is known then about the files.
Result<Manifest> read_manifest(const std::filesystem::path& directory);

// Reads a manifest and verifies every file against it. An error means damaged or unfinished.
Result<Manifest> open_sealed(const std::filesystem::path& directory, const std::string& key);

}  // namespace klab
