// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/tree.hpp"

#include "tests/build/mounted.hpp"
#include "tests/build/support.hpp"

using namespace klab;
using namespace klab::test;
namespace fs = std::filesystem;

namespace {

// As Debian packs it: one directory, and a .gitignore that ignores everything at the top.
void make_package(const fs::path& directory) {
  write(directory / "src/linux-source-9.9/.gitignore", "*.o\n/*\n");
  write(directory / "src/linux-source-9.9/Makefile", "all:\n");
  write(directory / "src/linux-source-9.9/kernel/a.c", "int a;\n");
  shell("tar -cJf ../linux-source-9.9.tar.xz linux-source-9.9", directory / "src");
}

TreeSpec package() { return {"debian", "", "HEAD", "linux-source-9.9"}; }

}  // namespace

TEST_CASE("a source package becomes one commit with all of its files and the same id everywhere") {
  auto directory = scratch();
  make_package(directory.path());
  std::string ids[2];
  for (int i = 0; i < 2; ++i) {
    TreeStore trees(directory.path() / ("cache" + std::to_string(i)), directory.path());
    auto commit = finish(trees.resolve(package(), "", {}));
    REQUIRE(commit);
    ids[i] = *commit;
    auto repository = finish(trees.repository(package(), {}));
    REQUIRE(repository);
    CHECK(*repository == directory.path() / ("cache" + std::to_string(i)) / "trees/debian.git");
    CHECK(shell("git --git-dir=. ls-tree -r --name-only HEAD", *repository) ==
          ".gitignore\nMakefile\nkernel/a.c\n");
  }
  CHECK(ids[0] == ids[1]);
}

TEST_CASE("what an interrupted import left is never taken for a tree") {
  auto directory = scratch();
  make_package(directory.path());
  write(directory.path() / "cache/trees/.import-abc/repository/HEAD", "ref: refs/heads/master\n");
  TreeStore trees(directory.path() / "cache", directory.path());
  std::stop_source stop;
  stop.request_stop();
  REQUIRE_FALSE(finish(trees.repository(package(), stop.get_token())));
  CHECK_FALSE(fs::exists(directory.path() / "cache/trees/debian.git"));
  CHECK(finish(trees.resolve(package(), "HEAD", {})));
}

TEST_CASE("errors of trees say what to do") {
  auto directory = scratch();
  TreeStore trees(directory.path() / "cache", directory.path());
  auto missing = finish(trees.repository(package(), {}));
  REQUIRE_FALSE(missing);
  CHECK(missing.error().kind == ErrorKind::input);
  CHECK(missing.error().message == "cannot import tree \"debian\": no linux-source-9.9.tar.xz in " +
                                       directory.path().string() +
                                       "; install it with: apt-get install linux-source-9.9");
  auto escape = finish(trees.repository({"../x", "/", "HEAD", ""}, {}));
  REQUIRE_FALSE(escape);
  CHECK(escape.error().message ==
        "cannot use tree \"../x\": a name has letters, digits, '.', '_' and '-' only");
  auto neither = finish(trees.repository({"x", "", "HEAD", ""}, {}));
  REQUIRE_FALSE(neither);
  CHECK(neither.error().message == "cannot use tree \"x\": give either a package, a repository or a remote");
  auto plain = finish(trees.object_store({"x", directory.path(), "HEAD", ""}, {}));
  REQUIRE_FALSE(plain);
  CHECK(plain.error().message ==
        "cannot open tree \"x\": \"" + directory.path().string() + "\" is not a git repository");
}

TEST_CASE("a configured repository is used as it is, by branch, tag or commit") {
  auto directory = scratch();
  const fs::path user = directory.path() / "user";
  const std::string commit = make_repository(user, {{"a", "1"}});
  shell("git tag -a -m v1 v1", user);
  TreeStore trees(directory.path() / "cache");
  const TreeSpec tree{"mine", user, "HEAD", ""};
  CHECK(*finish(trees.repository(tree, {})) == user / ".git");
  for (const char* ref : {"", "v1", "HEAD"}) CHECK(*finish(trees.resolve(tree, ref, {})) == commit);
  auto nothing = finish(trees.resolve(tree, "--all", {}));
  REQUIRE_FALSE(nothing);
  CHECK(nothing.error().message ==
        "cannot find \"--all\" in tree \"mine\": no such commit, branch or tag in " +
            (user / ".git").string());
}

TEST_CASE("two callers at once import once") {
  auto directory = scratch();
  make_package(directory.path());
  TreeStore trees(directory.path() / "cache", directory.path());
  boost::asio::io_context reactor(1);
  int done = 0;
  for (int i = 0; i < 2; ++i)
    boost::asio::co_spawn(reactor, trees.repository(package(), {}),
                          [&](std::exception_ptr, auto result) { done += result.has_value(); });
  reactor.run();
  CHECK(done == 2);
}

TEST_CASE("an import onto a full disk says so, and what came is never taken for a tree") {
  auto directory = scratch();
  make_package(directory.path());
  const fs::path cache = directory.path() / "cache";
  fs::create_directories(cache);
  std::optional<Result<std::string>> found;
  bool there = true;
  const char* size = GENERATE("size=40k", "size=120k");
  if (!on_mount(cache, "tmpfs", 0, size, [&] {
        TreeStore trees(cache, directory.path());
        found = finish(trees.resolve(package(), "", {}));
        there = fs::exists(cache / "trees/debian.git");
      }))
    return;
  REQUIRE_FALSE(*found);
  CHECK(found->error().kind == ErrorKind::lab);
  CHECK(found->error().message ==
        "cannot import tree \"debian\": the disk of \"" + cache.string() +
            "\" is full: make room there, or set cache in klab.toml to another disk");
  CHECK_FALSE(there);
}
