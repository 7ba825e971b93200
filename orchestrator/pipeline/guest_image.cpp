// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/guest_image.hpp"

#include <algorithm>
#include <vector>

#include "build/recipe.hpp"
#include "pipeline/made_file.hpp"
#include "util/hash.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace {

Result<std::string> recipe_hash(const fs::path& images, const fs::path& busybox, Architecture architecture) {
  std::vector<fs::path> files;
  std::error_code ec;
  for (fs::recursive_directory_iterator it(images, ec), end; !ec && it != end; it.increment(ec))
    if (it->is_regular_file()) files.push_back(it->path());
  if (ec) return lab_error("cannot read \"{}\": {}", images.string(), ec.message());
  std::sort(files.begin(), files.end());
  FieldHash hash;
  const auto tools = sha256_file(busybox);
  if (!tools) return tools.error();
  hash.add("architecture", name(architecture)).add("busybox", *tools);
  for (const auto& file : files) {
    auto content = sha256_file(file);
    if (!content) return content.error();
    hash.add(fs::relative(file, images).string(), *content);
  }
  return hash.hex();
}

// The host's own where the guest is of its architecture, else the distribution's for the other one, fetched
// once. The kernels' compiler tells which of the two it is.
asio::awaitable<Result<fs::path>> static_busybox(fs::path images, fs::path cache, Architecture architecture,
                                                 std::stop_token stop) {
  if (recipe(architecture).cross_compile.empty()) co_return fs::path("/bin/busybox");
  MadeFile file;
  file.directory = cache / "busybox";
  file.name = name(architecture);
  file.what = fmt::format("the busybox for {}", name(architecture));
  file.command = [images, architecture](const fs::path& out) {
    ProcessSpec spec;
    spec.argv = {"sh", (images / "fetch-busybox.sh").string(), out.string(), "--arch", std::string(name(architecture))};
    return spec;
  };
  co_return co_await made_file(std::move(file), stop);
}

}  // namespace

asio::awaitable<Result<fs::path>> guest_image(fs::path images, fs::path cache, Architecture architecture,
                                                     std::stop_token stop) {
  const auto busybox = co_await static_busybox(images, cache, architecture, stop);
  if (!busybox) co_return busybox.error();
  const auto key = recipe_hash(images, *busybox, architecture);
  if (!key) co_return key.error();
  MadeFile file;
  file.directory = cache / "images";
  file.name = *key + ".cpio";
  file.what = "the guest image";
  file.command = [images, architecture, busybox](const fs::path& out) {
    ProcessSpec spec;
    spec.argv = {"sh", (images / "build.sh").string(), out.string(), "--arch", std::string(name(architecture)), "--busybox",
                 busybox->string()};
    return spec;
  };
  co_return co_await made_file(std::move(file), stop);
}

}  // namespace klab
