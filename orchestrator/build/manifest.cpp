// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/manifest.hpp"

#include <sys/stat.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstring>

#include "util/file.hpp"
#include "util/hash.hpp"
#include "util/text.hpp"

namespace klab {
namespace fs = std::filesystem;
namespace json = boost::json;
namespace {

constexpr const char* kFileName = "manifest.json";

json::object to_json(const std::map<std::string, std::string>& map) {
  json::object object;
  for (const auto& [key, value] : map) object[key] = value;
  return object;
}

bool from_json(const json::object& document, const char* name, std::map<std::string, std::string>& map) {
  const json::value* found = document.if_contains(name);
  if (!found || !found->is_object()) return false;
  for (const auto& [key, value] : found->get_object()) {
    if (!value.is_string()) return false;
    map[std::string(key)] = std::string(value.get_string());
  }
  return true;
}

Error damaged(const fs::path& path, const char* why) {
  return lab_error("cannot use \"{}\": {}", path.string(), why);
}

constexpr std::uint64_t kMostHole = 64u << 20;  // length from which a hole is looked for

Error unusable(const std::string& name, std::string_view why) {
  return failed_error("cannot keep \"{}\": {}", printable(name), why);
}

}  // namespace

Result<Manifest> seal_directory(const fs::path& directory, Manifest manifest, const SealLimits& limits) {
  std::uint64_t bytes = 0;
  std::size_t names = 0;
  std::error_code ec;
  for (fs::recursive_directory_iterator it(directory, ec), end; !ec && it != end; it.increment(ec)) {
    const std::string name = it->path().lexically_relative(directory).string();
    struct stat found {};
    if (::lstat(it->path().c_str(), &found) != 0) return unusable(name, std::strerror(errno));
    if (printable(name) != name) return unusable(name, "its name is not printable");
    if (name != kFileName && S_ISDIR(found.st_mode)) continue;
    if (!S_ISREG(found.st_mode)) return unusable(name, "the build made it no regular file");
    if (name == kFileName) continue;
    const auto size = static_cast<std::uint64_t>(found.st_size);
    if (size > kMostHole && static_cast<std::uint64_t>(found.st_blocks) * 512 < size / 16)
      return unusable(name, "it is nearly all hole");
    bytes += size;
    if (bytes > limits.bytes || manifest.files.size() >= limits.files)
      return unusable(name, fmt::format("the build's results are more than {} bytes or {} files",
                                        limits.bytes, limits.files));
    names += name.size();
    if (names > limits.names)
      return unusable(name, fmt::format("the names of the build's results are more than {} bytes", limits.names));
    auto sum = sha256_file(it->path());
    if (!sum) return unusable(name, "it cannot be read");
    manifest.files[name] = *sum;
  }
  if (ec) return unusable(directory.filename().string(), "it cannot be read: " + ec.message());
  for (const std::string& name : limits.required)
    if (!manifest.files.count(name)) return unusable(name, "the build made no such file");
  json::object document;
  document["key"] = manifest.key;
  document["facts"] = to_json(manifest.facts);
  document["files"] = to_json(manifest.files);
  if (auto written = write_file_atomic(directory / kFileName, json::serialize(document) + "\n"); !written)
    return written.error();
  return manifest;
}

Result<Manifest> read_manifest(const fs::path& directory) {
  const fs::path path = directory / kFileName;
  auto text = read_file(path);
  if (!text) return damaged(path, "it is not there");
  json::error_code ec;
  const json::value document = json::parse(*text, ec);
  Manifest manifest;
  const json::value* stored =
      !ec && document.is_object() ? document.get_object().if_contains("key") : nullptr;
  if (!stored || !stored->is_string()) return damaged(path, "it is no manifest");
  manifest.key = std::string(stored->get_string());
  if (!from_json(document.get_object(), "facts", manifest.facts) ||
      !from_json(document.get_object(), "files", manifest.files))
    return damaged(path, "it is no manifest");
  return manifest;
}

Result<Manifest> open_sealed(const fs::path& directory, const std::string& key) {
  auto read = read_manifest(directory);
  if (!read) return read;
  Manifest manifest = std::move(*read);
  if (manifest.key != key) return damaged(directory / kFileName, "it is no manifest of this build");
  for (const auto& [name, wanted] : manifest.files) {
    auto sum = sha256_file(directory / name);
    if (!sum || *sum != wanted)
      return damaged(directory / name, "its checksum is not the one in the manifest");
  }
  return manifest;
}

}  // namespace klab
