// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/manifest.hpp"

#include "tests/build/support.hpp"

using namespace klab;
using namespace klab::test;
namespace fs = std::filesystem;

TEST_CASE("a sealed directory opens until anything in it changes") {
  auto directory = scratch();
  const fs::path& path = directory.path();
  write(path / "bzImage", "kernel");
  write(path / "modules/a.ko", "module");
  auto sealed = seal_directory(path, {"key", {{"release", "6.12"}}, {}});
  REQUIRE(sealed);
  CHECK(sealed->files.size() == 2);
  auto opened = open_sealed(path, "key");
  REQUIRE(opened);
  CHECK(opened->facts["release"] == "6.12");
  CHECK(opened->files == sealed->files);
  auto other = open_sealed(path, "other");
  REQUIRE_FALSE(other);
  CHECK(other.error().message ==
        "cannot use \"" + (path / "manifest.json").string() + "\": it is no manifest of this build");

  SECTION("a file of the same size but another content") { write(path / "bzImage", "kernex"); }
  SECTION("a file that is gone") { fs::remove(path / "bzImage"); }
  auto damaged = open_sealed(path, "key");
  REQUIRE_FALSE(damaged);
  CHECK(damaged.error().message ==
        "cannot use \"" + (path / "bzImage").string() + "\": its checksum is not the one in the manifest");
}

TEST_CASE("half a manifest is no manifest") {
  auto directory = scratch();
  CHECK_FALSE(open_sealed(directory.path(), "key"));
  for (const char* text : {"", "{", "[]", "{\"key\":1}", "{\"key\":\"key\",\"facts\":[],\"files\":{}}",
                           "{\"key\":\"key\",\"facts\":{},\"files\":{\"a\":1}}"}) {
    write(directory.path() / "manifest.json", text);
    CHECK_FALSE(open_sealed(directory.path(), "key"));
  }
}

TEST_CASE("a link that a build left is never followed") {
  auto directory = scratch();
  fs::create_symlink("/etc/hostname", directory.path() / "bzImage");
  auto sealed = seal_directory(directory.path(), {"key", {}, {}});
  REQUIRE_FALSE(sealed);
  CHECK(sealed.error().kind == ErrorKind::failed);
  CHECK(sealed.error().message == "cannot keep \"bzImage\": the build made it no regular file");
}

TEST_CASE("a manifest cannot be made of names alone") {
  auto directory = scratch();
  write(directory.path() / "modules/long-name.ko", "");
  SealLimits limits;
  limits.names = 20;
  CHECK(seal_directory(directory.path(), {"key", {}, {}}, limits));
  limits.names = 19;
  auto sealed = seal_directory(directory.path(), {"key", {}, {}}, limits);
  REQUIRE_FALSE(sealed);
  CHECK(sealed.error().kind == ErrorKind::failed);
  CHECK(sealed.error().message == "cannot keep \"modules/long-name.ko\": the names of the build's results are more than 19 bytes");
}
