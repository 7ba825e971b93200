// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/guest_image.hpp"

#include <catch2/catch.hpp>

#include "tests/build/support.hpp"

using namespace klab;
using namespace klab::test;
namespace fs = std::filesystem;

namespace {

struct Scene {
  TemporaryDirectory directory = scratch();
  fs::path images = directory.path() / "images";
  fs::path cache = directory.path() / "cache";
  Scene() {
    write(images / "build.sh", "echo again >>" + (directory.path() / "made").string() + "; printf 'an archive' >\"$1\"\n");
  }
  fs::path get() {
    auto image = finish(guest_image(images, cache, Architecture::x86_64, {}));
    REQUIRE(image);
    CHECK(read_file(*image).value() == "an archive");
    return *image;
  }
  std::size_t times_made() { return fs::file_size(directory.path() / "made") / 6; }
};

}  // namespace

TEST_CASE("guest image: made once, and again when its recipe changes") {
  Scene s;
  const auto image = s.get();
  CHECK(s.get() == image);
  CHECK(s.times_made() == 1);
  write(s.images / "runner.c", "int main;\n");
  CHECK(s.get() != image);
  CHECK(s.times_made() == 2);
}

TEST_CASE("guest image: one that was cut off or changed is made again") {
  Scene s;
  const auto image = s.get();
  fs::resize_file(image, 3);
  CHECK(s.get() == image);
  CHECK(s.times_made() == 2);
  write(image, "An archive");
  s.get();
  CHECK(s.times_made() == 3);
  fs::remove(fs::path(image).replace_extension(".sha256"));
  s.get();
  CHECK(s.times_made() == 4);
}

TEST_CASE("guest image: what a killed maker left long ago is removed, what is being made is not") {
  Scene s;
  write(s.cache / "images/making-old/image", "half");
  write(s.cache / "images/making-new/image", "half");
  fs::last_write_time(s.cache / "images/making-old", fs::file_time_type::clock::now() - std::chrono::hours(2));
  s.get();
  CHECK_FALSE(fs::exists(s.cache / "images/making-old"));
  CHECK(fs::exists(s.cache / "images/making-new"));
}
