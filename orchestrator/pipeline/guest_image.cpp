// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/guest_image.hpp"

#include <spdlog/spdlog.h>

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

// What a killed klabd left of an image; making one takes seconds.
void remove_abandoned(const fs::path& directory) {
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(directory, ec)) {
    const auto age = fs::file_time_type::clock::now() - entry.last_write_time(ec);
    if (!ec && entry.path().filename().string().starts_with("making-") && age > std::chrono::hours(1))
      fs::remove_all(entry.path(), ec);
  }
}

}  // namespace

boost::asio::awaitable<Result<fs::path>> guest_image(fs::path images, fs::path cache, Architecture architecture,
                                                     std::stop_token stop) {
  const auto key = recipe_hash(images, architecture);
  if (!key) co_return key.error();
  const fs::path directory = cache / "images";
  const fs::path image = directory / (*key + ".cpio");
  const fs::path checksum = directory / (*key + ".sha256");
  if (auto wanted = read_file(checksum); wanted && fs::exists(image)) {
    auto found = sha256_file(image);
    if (!found) co_return found.error();
    if (*found == *wanted) co_return image;
    spdlog::warn("the guest image \"{}\" is damaged and made again", image.string());
  }
  if (auto made = make_directories(directory); !made) co_return made.error();
  remove_abandoned(directory);
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
  auto made = read_file(scratch->path() / "image");
  if (!made) co_return made.error();
  // The sum last: an image without one, or with another, was cut off while it was written.
  if (auto written = write_file_atomic(image, *made); !written) co_return written.error();
  if (auto written = write_file_atomic(checksum, sha256(*made)); !written) co_return written.error();
  co_return image;
}

}  // namespace klab
