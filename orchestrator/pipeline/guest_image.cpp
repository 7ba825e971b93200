// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/guest_image.hpp"

#include <algorithm>
#include <vector>

#include "util/file.hpp"
#include "util/hash.hpp"
#include "util/process.hpp"
#include "util/text.hpp"

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
  const fs::path directory = cache / "images";
  const fs::path image = directory / (*key + ".cpio");
  if (fs::exists(image)) co_return image;
  if (auto made = make_directories(directory); !made) co_return made.error();
  auto scratch = TemporaryDirectory::create(directory, "making-");
  if (!scratch) co_return scratch.error();
  ProcessSpec spec;
  spec.argv = {"sh", (images / "build.sh").string(), (scratch->path() / "image").string(), "--arch",
               std::string(name(architecture))};
  spec.merge_stderr = true;
  spec.deadline = std::chrono::minutes(5);
  auto done = co_await run_process(spec, stop);
  if (!done) co_return done.error();
  if (!done->ok()) {
    auto error = lab_error("cannot make the guest image with \"{}\": {}", spec.argv[1], done->describe());
    error.tail = tail(done->out, 20);
    co_return error;
  }
  std::error_code ec;
  fs::rename(scratch->path() / "image", image, ec);
  if (ec) co_return lab_error("cannot publish \"{}\": {}", image.string(), ec.message());
  co_return image;
}

}  // namespace klab
