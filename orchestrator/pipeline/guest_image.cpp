// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/guest_image.hpp"

#include <algorithm>
#include <vector>

#include "pipeline/made_file.hpp"
#include "util/hash.hpp"

namespace klab {
namespace fs = std::filesystem;
namespace {

Result<std::string> recipe_hash(const fs::path& images, Architecture architecture) {
  std::vector<fs::path> files{"/bin/busybox"};
  std::error_code ec;
  for (fs::recursive_directory_iterator it(images, ec), end; !ec && it != end; it.increment(ec))
    if (it->is_regular_file()) files.push_back(it->path());
  if (ec) return lab_error("cannot read \"{}\": {}", images.string(), ec.message());
  std::sort(files.begin(), files.end());
  FieldHash hash;
  hash.add("architecture", name(architecture));
  for (const auto& file : files) {
    auto content = sha256_file(file);
    if (!content) return content.error();
    hash.add(fs::relative(file, images).string(), *content);
  }
  return hash.hex();
}

}  // namespace

boost::asio::awaitable<Result<fs::path>> guest_image(fs::path images, fs::path cache, Architecture architecture,
                                                     std::stop_token stop) {
  const auto key = recipe_hash(images, architecture);
  if (!key) co_return key.error();
  MadeFile file;
  file.directory = cache / "images";
  file.name = *key + ".cpio";
  file.what = "the guest image";
  file.command = [images, architecture](const fs::path& out) {
    ProcessSpec spec;
    spec.argv = {"sh", (images / "build.sh").string(), out.string(), "--arch", std::string(name(architecture))};
    return spec;
  };
  co_return co_await made_file(std::move(file), stop);
}

}  // namespace klab
