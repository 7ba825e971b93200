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
    CHECK(count(lab.log, "its objects are gone; it is not built over") == 1);
  }
  SECTION("damaged") {
    write(layer / "kernel/a.o", "damaged, and longer\n");
    auto built = lab.build({});
    REQUIRE(built);
    CHECK(content(built->kernel) == std::string("a\nB\nc\n") + kConfig);
    CHECK(count(lab.log, "it is not what was built there; it is not built over") == 1);
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

TEST_CASE("the other kernel's artefacts are not needed to build over its objects") {
  Laboratory lab;
  auto first = lab.build({});
  REQUIRE(first);
  write(first->kernel, "cut");
  advance(lab, "echo B > kernel/b.c");
  const fs::path module = lab.directory.path() / "ruler";
  write(module / "ruler.c", "ruler\n");
  auto second = lab.build({}, {{"ruler", module, "1"}});
  REQUIRE(second);
  CHECK(content(second->modules["ruler"]) == std::string("a\nB\nc\n") + kConfig + "ruler\n");
  auto series = lab.build({lab.patch("series", "echo C > kernel/c.c")}, {{"ruler", module, "1"}});
  REQUIRE(series);
  CHECK(content(series->kernel) == std::string("a\nB\nC\n") + kConfig);
}

TEST_CASE("a damaged kernel of an equal tree is made again, not taken for its own neighbour") {
  Laboratory lab;
  auto first = lab.build({});
  REQUIRE(first);
  lab.base = shell("git commit -q --allow-empty -m reworded && git rev-parse HEAD", lab.user).substr(0, 40);
  write(first->kernel, "cut");
  auto again = lab.build({});
  REQUIRE(again);
  CHECK(again->key == first->key);
  CHECK(content(again->kernel) == std::string("a\nb\nc\n") + kConfig);
}

TEST_CASE("where the nearest one's objects are gone the next is built over") {
  Laboratory lab;
  REQUIRE(lab.build({}));
  const std::string first = lab.base;
  fs::rename(lab.cache / "kernels", lab.cache / "away");
  advance(lab, "echo B > kernel/b.c");
  auto second = lab.build({});  // from nothing, because there is none
  REQUIRE(second);
  for (const auto& there : fs::directory_iterator(lab.cache / "away")) fs::rename(there.path(), lab.cache / "kernels" / there.path().filename());
  for (const auto& mode : fs::directory_iterator(lab.cache / "layers")) fs::remove_all(mode.path() / second->key);
  advance(lab, "echo C > kernel/c.c");
  auto third = lab.build({});
  REQUIRE(third);
  CHECK(content(third->kernel) == std::string("a\nB\nC\n") + kConfig);
  CHECK(count(lab.log, "its objects are gone; it is not built over\n") == 1);
  CHECK(count(lab.log, "klab: built over the objects of " + first.substr(0, 12) + ", from which 2 files differ\n") == 1);
}

TEST_CASE("patches that are tested and then committed do not pile up object trees") {
  Laboratory lab(GENERATE(LayerMode::probe, LayerMode::copy));
  const fs::path module = lab.directory.path() / "ruler";
  write(module / "ruler.c", "ruler\n");
  int again = 0;
  for (int i = 1; i <= 7; ++i) {
    const std::string change = "echo " + std::to_string(i) + " >> kernel/b.c";
    // The patch is made in a clone of what is there now.
    auto tested = lab.build({lab.patch("round" + std::to_string(i), change)}, {{"ruler", module, "1"}});
    INFO(lab.log);
    REQUIRE(tested);
    again += count(lab.log, "it lies over too many others; it is built again");
    advance(lab, change);
    auto committed = lab.build({});
    REQUIRE(committed);
    CHECK(committed->key == tested->key);
    CHECK(committed->from_cache);
    CHECK(content(committed->kernel).substr(0, 4) == "a\nb\n");
    CHECK(count(content(committed->kernel), std::to_string(i) + "\nc\n") == 1);
  }
  CHECK((again > 0) == (lab.mode == LayerMode::probe));
}

TEST_CASE("a directory that becomes a file takes its objects with it") {
  auto files = fake_kernel();
  files["drivers/x/y.c"] = "y\n";
  auto& makefile = files["Makefile"];
  makefile.insert(makefile.find("\t@echo $(objects) > System.map"), "\t@if [ -d drivers/x ]; then touch drivers/x/left; fi\n");
  Laboratory lab(LayerMode::probe, files);
  REQUIRE(lab.build({}));
  const std::string change = "git rm -q -r drivers/x && mkdir -p drivers && echo file > drivers/x && echo B > kernel/b.c";
  auto series = lab.build({lab.patch("series", change)});
  INFO(lab.log);
  REQUIRE(series);
  CHECK(content(series->kernel) == std::string("a\nB\nc\n") + kConfig);
}

TEST_CASE("a configuration does not come from what lies below") {
  auto files = fake_kernel();
  auto& makefile = files["Makefile"];
  const std::string writes = "@echo CONFIG_MODULES=y > .config";
  makefile.replace(makefile.find(writes), writes.size(), "@test -e .config || echo CONFIG_MODULES=y > .config");
  Laboratory lab(LayerMode::probe, files);
  REQUIRE(lab.build({}));
  advance(lab, "sed -i 's/|| echo CONFIG_MODULES=y/|| printf \"CONFIG_FAST=y\\\\nCONFIG_MODULES=y\\\\n\"/' Makefile && echo '# new' >> Kconfig");
  auto built = lab.build({});
  INFO(lab.log);
  REQUIRE(built);
  CHECK(count(lab.log, "klab: built over the objects of ") == 1);
  CHECK(content(built->config) == "CONFIG_FAST=y\nCONFIG_MODULES=y\n");
}
