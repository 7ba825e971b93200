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
  CHECK_FALSE(fs::exists(directory.path() / "cache/trees/.import-abc"));
}

TEST_CASE("another package, or a newer one, is imported beside what was") {
  auto directory = scratch();
  make_package(directory.path());
  const fs::path cache = directory.path() / "cache", mark = cache / "trees/debian.git/klab-imported";
  const auto resolve = [&](TreeSpec tree, const std::string& ref = "") {
    TreeStore trees(cache, directory.path());
    return finish(trees.resolve(tree, ref, {}));
  };
  const auto first = resolve(package()).value();
  // An earlier klab left no mark, and has imported the same.
  fs::remove(mark);
  CHECK(resolve(package()).value() == first);
  CHECK(fs::exists(mark));
  write(directory.path() / "src/linux-source-9.9/kernel/a.c", "int newer;\n");
  shell("tar -cJf ../linux-source-9.9.tar.xz linux-source-9.9", directory.path() / "src");
  // Of an import that was killed.
  const auto lock = cache / "trees/debian.git" / (shell("git --git-dir=. symbolic-ref HEAD", cache / "trees/debian.git").substr(0, 17) + ".lock");
  write(lock, "");
  REQUIRE(lock.filename() == "master.lock");
  const auto newer = resolve(package()).value();
  CHECK(newer != first);
  CHECK(resolve(package(), first).value() == first);
  CHECK(shell("git --git-dir=. show HEAD:kernel/a.c", cache / "trees/debian.git") == "int newer;\n");
  // A package that is gone was imported all the same; another one of that tree was not.
  fs::rename(directory.path() / "linux-source-9.9.tar.xz", directory.path() / "linux-source-9.8.tar.xz");
  CHECK(resolve(package()).value() == newer);
  auto other = package();
  other.package = "linux-source-9.8";
  const auto changed = resolve(other).value();
  CHECK(changed != newer);
  CHECK(shell("git --git-dir=. log -1 --format=%s HEAD", cache / "trees/debian.git") == "import linux-source-9.8\n");
}

TEST_CASE("a tree that was a repository becomes a package, and one that was cut off is made again") {
  auto directory = scratch();
  make_package(directory.path());
  const auto commit = make_repository(directory.path() / "mine", {{"a", "1\n"}});
  const TreeSpec borrowed{"debian", directory.path() / "mine", "HEAD", ""};
  const fs::path store = directory.path() / "cache/trees/debian.git";
  TreeStore trees(directory.path() / "cache", directory.path());
  REQUIRE(finish(trees.object_store(borrowed, {})));
  write(store / "HEAD", "");
  REQUIRE(finish(trees.object_store(borrowed, {})));
  CHECK(shell("git --git-dir=. cat-file -t " + commit, store) == "commit\n");
  const auto imported = finish(trees.resolve(package(), "", {}));
  REQUIRE(imported);
  CHECK(shell("git --git-dir=. ls-tree -r --name-only HEAD", store) == ".gitignore\nMakefile\nkernel/a.c\n");
}

TEST_CASE("a damaged repository is no missing commit") {
  auto directory = scratch();
  const auto commit = make_repository(directory.path() / "mine", {{"a", "1\n"}});
  TreeStore trees(directory.path() / "cache", directory.path());
  const auto file = directory.path() / "mine/.git/objects" / commit.substr(0, 2) / commit.substr(2);
  fs::permissions(file, fs::perms::owner_all);
  fs::resize_file(file, 0);
  const auto lost = finish(trees.resolve({"mine", directory.path() / "mine", "HEAD", ""}, "", {}));
  REQUIRE_FALSE(lost);
  CHECK(lost.error().kind == ErrorKind::lab);
  CHECK(lost.error().message == fmt::format("cannot look for \"HEAD\" in tree \"mine\" ({}): git: exit status 128", (directory.path() / "mine/.git").string()));
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
