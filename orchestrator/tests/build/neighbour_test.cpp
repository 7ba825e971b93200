// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/neighbour.hpp"

#include "tests/build/laboratory.hpp"

using namespace klab;
using namespace klab::test;
namespace fs = std::filesystem;

namespace {

// One more commit on the user's branch; builds from then on are of it.
std::string advance(Laboratory& lab, const std::string& script) {
  lab.base = shell("(" + script + ") && git add -f -A && git commit -q -m more && git rev-parse HEAD", lab.user).substr(0, 40);
  return lab.base;
}

}  // namespace

TEST_CASE("a commit is built over the objects of another") {
  Laboratory lab(GENERATE(LayerMode::probe, LayerMode::copy));
  const std::string first = lab.base;
  REQUIRE(lab.build({}));
  advance(lab, "echo B > kernel/b.c && git rm -q kernel/c.c && echo d > kernel/d.c");
  auto second = lab.build({});
  REQUIRE(second);
  CHECK(content(second->kernel) == std::string("a\nB\nd\n") + kConfig);
  CHECK(count(lab.log, "klab: built over the objects of " + first.substr(0, 12) + ", from which 3 files differ\n") == 1);
  CHECK(count(lab.log, "  CC ") == 2);
  CHECK(count(lab.log, "CONFIGURE") == 0);

  // Its own objects carry a series and a module.
  const fs::path module = lab.directory.path() / "ruler";
  write(module / "ruler.c", "ruler\n");
  auto series = lab.build({lab.patch("series", "echo D > kernel/d.c")}, {{"ruler", module, "1"}});
  REQUIRE(series);
  CHECK(content(series->kernel) == std::string("a\nB\nD\n") + kConfig);
  CHECK(content(series->modules["ruler"]) == content(series->kernel) + "ruler\n");
  CHECK(count(lab.log, "  CC      ") == 1);

  // The nearest that was built from nothing, not the nearest.
  advance(lab, "echo DD > kernel/d.c");
  auto third = lab.build({});
  REQUIRE(third);
  CHECK(content(third->kernel) == std::string("a\nB\nDD\n") + kConfig);
  CHECK(count(lab.log, "klab: built over the objects of " + first.substr(0, 12) + ", from which 3 files differ\n") == 1);
  CHECK(lab.building_is_empty());
}

TEST_CASE("of two kernels the one from which fewer files differ is built over") {
  Laboratory lab;
  REQUIRE(lab.build({}));
  lab.fragments = {{"fast", "CONFIG_FAST=y\n"}};
  const std::string second = advance(lab, "echo B > kernel/b.c");
  REQUIRE(lab.build({}));
  CHECK(count(lab.log, "built over") == 0);  // another configuration
  lab.fragments.clear();
  const std::string third = advance(lab, "echo C > kernel/c.c");
  fs::rename(lab.cache / "kernels", lab.cache / "away");
  REQUIRE(lab.build({}));
  CHECK(count(lab.log, "built over") == 0);  // from nothing: none was there
  for (const auto& there : fs::directory_iterator(lab.cache / "away")) fs::rename(there.path(), lab.cache / "kernels" / there.path().filename());
  advance(lab, "echo A > kernel/a.c");
  auto last = lab.build({});
  REQUIRE(last);
  CHECK(content(last->kernel) == std::string("A\nB\nC\n") + kConfig);
  CHECK(count(lab.log, "klab: built over the objects of " + third.substr(0, 12) + ", from which 1 file differs\n") == 1);
}

TEST_CASE("a commit that does not build over another's objects is built from nothing") {
  Laboratory lab(GENERATE(LayerMode::probe, LayerMode::copy));
  REQUIRE(lab.build({}));
  advance(lab, "sed -i 's/^objects := .*/&\\n$(objects): | fresh\\nfresh:\\n\\t@test ! -e kernel\\/a.o/' Makefile");
  auto built = lab.build({});
  INFO(lab.log);
  REQUIRE(built);
  CHECK(content(built->kernel) == std::string("a\nb\nc\n") + kConfig);
  CHECK(count(lab.log, "klab: over another commit's objects it does not build; building from scratch\n") == 1);
  CHECK(lab.building_is_empty());
}

TEST_CASE("a commit that does not build is a failure of its own, found from nothing") {
  Laboratory lab;
  REQUIRE(lab.build({}));
  advance(lab, "echo BROKEN > kernel/b.c");
  auto built = lab.build({});
  REQUIRE_FALSE(built);
  CHECK(built.error().kind == ErrorKind::failed);
  CHECK(count(lab.log, "building from scratch") == 1);
  CHECK(count(lab.log, "kernel/a.o") == 1);
  CHECK(lab.building_is_empty());
}

TEST_CASE("objects that are gone or damaged are not built over") {
  Laboratory lab;
  auto first = lab.build({});
  REQUIRE(first);
  const std::string old = lab.base;
  fs::path layer;
  for (const auto& mode : fs::directory_iterator(lab.cache / "layers")) layer = mode.path() / first->key;
  advance(lab, "echo B > kernel/b.c");
  SECTION("gone") {
    fs::remove_all(layer);
    REQUIRE(lab.build({}));
    CHECK(count(lab.log, "its objects are gone; building from scratch") == 1);
  }
  SECTION("damaged") {
    write(layer / "kernel/a.o", "damaged, and longer\n");
    auto built = lab.build({});
    REQUIRE(built);
    CHECK(content(built->kernel) == std::string("a\nB\nc\n") + kConfig);
    CHECK(count(lab.log, "it is not what was built there; building from scratch") == 1);
  }
  SECTION("gone later, when a series is to be built over both") {
    REQUIRE(lab.build({}));
    fs::remove_all(layer);
    auto series = lab.build({lab.patch("series", "echo C > kernel/c.c")});
    REQUIRE(series);
    CHECK(content(series->kernel) == std::string("a\nB\nC\n") + kConfig);
    CHECK(count(lab.log, "its objects are gone; it is built again") == 1);
  }
}
