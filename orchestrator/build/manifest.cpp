// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/manifest.hpp"

#include <boost/json.hpp>

#include "util/file.hpp"
#include "util/hash.hpp"

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

}  // namespace

Result<Manifest> seal_directory(const fs::path& directory, Manifest manifest) {
  std::error_code ec;
  for (fs::recursive_directory_iterator it(directory, ec), end; !ec && it != end; it.increment(ec)) {
    const auto type = it->symlink_status(ec).type();
    if (type == fs::file_type::directory) continue;
    const std::string name = it->path().lexically_relative(directory).string();
    if (type != fs::file_type::regular)
      return failed_error("cannot keep \"{}\": the build made it no regular file", name);
    if (name == kFileName) continue;
    auto sum = sha256_file(it->path());
    if (!sum) return sum.error();
    manifest.files[name] = *sum;
  }
  if (ec) return lab_error("cannot read directory \"{}\": {}", directory.string(), ec.message());
  json::object document;
  document["key"] = manifest.key;
  document["facts"] = to_json(manifest.facts);
  document["files"] = to_json(manifest.files);
  if (auto written = write_file_atomic(directory / kFileName, json::serialize(document) + "\n"); !written)
    return written.error();
  return manifest;
}

Result<Manifest> open_sealed(const fs::path& directory, const std::string& key) {
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
  if (manifest.key != key || !from_json(document.get_object(), "facts", manifest.facts) ||
      !from_json(document.get_object(), "files", manifest.files))
    return damaged(path, "it is no manifest of this build");
  for (const auto& [name, wanted] : manifest.files) {
    auto sum = sha256_file(directory / name);
    if (!sum || *sum != wanted)
      return damaged(directory / name, "its checksum is not the one in the manifest");
  }
  return manifest;
}

}  // namespace klab
