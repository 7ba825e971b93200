// SPDX-License-Identifier: GPL-3.0-or-later
// What comes out of a cache that is damaged, full or read-only.
#include "tests/build/laboratory.hpp"
#include "tests/build/mounted.hpp"

using namespace klab;
using namespace klab::test;
namespace fs = std::filesystem;

TEST_CASE(
    "an artefact that is cut short, changed by a bit or without manifest is built again, and the log says "
    "so") {
  Laboratory lab;
  auto first = lab.build({});
  REQUIRE(first);
  const std::string kernel = content(first->kernel);
  const std::string checksum = "klab: cannot use \"" + first->kernel.string() +
                               "\": its checksum is not the one in the manifest; it is built again\n";
  std::string said;
  SECTION("cut short") { fs::resize_file(first->kernel, 3), said = checksum; }
  SECTION("one bit") {
    std::string flipped = kernel;
    flipped[0] ^= 1;
    write(first->kernel, flipped);
    said = checksum;
  }
  SECTION("no manifest") {
    fs::remove(first->directory / "manifest.json");
    said = "klab: cannot use \"" + (first->directory / "manifest.json").string() +
           "\": it is not there; it is built again\n";
  }
  auto second = lab.build({});
  REQUIRE(second);
  CHECK_FALSE(second->from_cache);
  CHECK(content(second->kernel) == kernel);
  CHECK(lab.log.substr(0, said.size()) == said);
}

TEST_CASE("objects and sources that are not as they were are made again before anything is built over them") {
  Laboratory lab;
  auto base = lab.build({});
  REQUIRE(base);
  const fs::path mode = fs::directory_iterator(lab.cache / "layers")->path();
  const fs::path layer = mode / base->key;
  const fs::path source = lab.cache / "sources" / lab.base;
  std::string said;
  SECTION("an object cut short") {
    fs::resize_file(layer / "kernel/b.o", 0);
    said = "klab: cannot use \"" + layer.string() + "\": it is not what was built there; it is built again\n";
  }
  SECTION("an object that is gone") {
    fs::remove(layer / "kernel/c.o");
    said = "klab: cannot use \"" + layer.string() + "\": it is not what was built there; it is built again\n";
  }
  SECTION("objects that are all gone") {
    fs::remove_all(layer);
    said = "klab: cannot use build \"" + base->key + "\": its objects are gone; it is built again\n";
  }
  if (mode.filename() != "copy") {
    SECTION("a source cut short") {
      fs::resize_file(source / "kernel/c.c", 0);
      said = "klab: \"" + source.string() + "\" is not what was extracted there; it is extracted again\n";
    }
    SECTION("a source without listing") {
      fs::remove(source.string() + ".listing");
      said = "klab: \"" + source.string() + "\" is not what was extracted there; it is extracted again\n";
    }
  }
  auto changed = lab.build({lab.patch("change", "echo A > kernel/a.c")});
  REQUIRE(changed);
  CHECK(content(changed->kernel) == std::string("A\nb\nc\n") + kConfig);
  CHECK(count(lab.log, said) == 1);
}

TEST_CASE("a read-only cache is one message of the laboratory's") {
  Laboratory lab;
  REQUIRE(lab.build({}));
  const Patch change = lab.patch("change", "echo A > kernel/a.c");
  std::optional<Result<Artefacts>> built;
  if (!on_mount(lab.cache, nullptr, MS_RDONLY, nullptr, [&] { built = lab.build({change}); })) return;
  REQUIRE_FALSE(*built);
  CHECK(built->error().kind == ErrorKind::lab);
  CHECK(built->error().message ==
        "cannot build \"fake " + lab.base.substr(0, 12) + " + 1 patch\": the disk of \"" +
            lab.cache.string() +
            "\" is read-only: mount it read-write, or set cache in klab.toml to another disk");
  auto later = lab.build({change});
  REQUIRE(later);
  CHECK(content(later->kernel) == std::string("A\nb\nc\n") + kConfig);
}

TEST_CASE("a full disk is one message of the laboratory's, at any size, and nothing half-made stays") {
  Laboratory lab;
  fs::create_directories(lab.cache);
  const char* size = GENERATE("size=64k", "size=200k", "size=400k", "size=1m", "size=4m");
  INFO(size);
  std::optional<Result<Artefacts>> built;
  bool kernels = true;
  if (!on_mount(lab.cache, "tmpfs", 0, size, [&] {
        built = lab.build({lab.patch("change", "echo A > kernel/a.c")});
        kernels = fs::exists(lab.cache / "kernels");
      }))
    return;
  REQUIRE_FALSE(*built);
  CHECK(built->error().kind == ErrorKind::lab);
  CHECK(built->error().message.find("the disk of \"" + lab.cache.string() +
                                    "\" is full: make room there, or set cache in "
                                    "klab.toml to ") != std::string::npos);
  CHECK_FALSE(kernels);
}
