// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/repair.hpp"

#include "build/apply.hpp"
#include "build/scratch.hpp"
#include "build/tree.hpp"
#include "tests/build/support.hpp"

using namespace klab;
using namespace klab::test;
namespace fs = std::filesystem;

namespace {

// The one object of that name, made empty as a power cut does.
void make_empty(const fs::path& repository, const std::string& object) {
  const auto file = repository / "objects" / object.substr(0, 2) / object.substr(2);
  REQUIRE(fs::exists(file));
  fs::permissions(file, fs::perms::owner_all);
  fs::resize_file(file, 0);
}

}  // namespace

TEST_CASE("repair: what has no content goes, and what git reads stays") {
  auto directory = scratch();
  const fs::path repository = directory.path() / "r";
  const std::string empty(38, 'a'), full(38, 'b');
  write(repository / "objects/aa" / empty, "");
  write(repository / "objects/aa" / full, "x");
  write(repository / "objects/aa/tmp_obj_x", "x");
  write(repository / "objects/pack/tmp_rev_x", "x");
  write(repository / "objects/pack/pack-1.keep", "");
  write(repository / "refs/heads/lost", "");
  write(repository / "refs/heads/there", "x");
  write(repository / "refs/heads/tmp_mine", "x");
  write(repository / "refs/heads/packed-refs.new", "x");
  write(repository / "refs/heads/there.lock", "");
  write(repository / "packed-refs.new", "x");
  for (const auto& path : empty_objects(repository)) fs::remove(path);
  CHECK_FALSE(fs::exists(repository / "objects/aa" / empty));
  CHECK_FALSE(fs::exists(repository / "refs/heads/lost"));
  CHECK(fs::exists(repository / "objects/pack/pack-1.keep"));
  // Perhaps of a git that runs now.
  CHECK(fs::exists(repository / "refs/heads/there.lock"));
  CHECK(fs::exists(repository / "packed-refs.new"));
  CHECK(fs::exists(repository / "objects/aa/tmp_obj_x"));
  remove_leftovers(repository);
  for (const char* name : {"refs/heads/there.lock", "packed-refs.new", "objects/pack/tmp_rev_x"}) CHECK_FALSE(fs::exists(repository / name));
  CHECK(fs::exists(repository / "objects/aa/tmp_obj_x"));  // patches may be applied at this moment
  write(repository / "objects/tmp_objdir-x/aa/object", "x");
  for (const char* name : {"objects/aa/tmp_obj_x", "objects/tmp_objdir-x"})
    fs::last_write_time(repository / name, fs::file_time_type::clock::now() - std::chrono::hours(25));
  remove_leftovers(repository);
  for (const char* name : {"objects/aa/tmp_obj_x", "objects/tmp_objdir-x"}) CHECK_FALSE(fs::exists(repository / name));
  CHECK(fs::exists(repository / "objects/aa" / full));
  for (const char* branch : {"there", "tmp_mine", "packed-refs.new"}) CHECK(fs::exists(repository / "refs/heads" / branch));
  remove_leftovers(directory.path() / "there is none");
}

TEST_CASE("repair: a repository is known by what git reads first") {
  auto directory = scratch();
  const fs::path repository = directory.path() / "r";
  CHECK_FALSE(is_repository(repository));
  shell("git init -q --bare r", directory.path());
  CHECK(is_repository(repository));
  write(repository / "HEAD", "");
  CHECK_FALSE(is_repository(repository));
  write(repository / "HEAD", "ref: refs/heads/master\n");
  write(repository / "config", "");
  CHECK_FALSE(is_repository(repository));
}

TEST_CASE("repair: git's words about damage are told from a patch's") {
  CHECK(tells_of_damage("Applying: x\nerror: object file /c/trees/debian.git/objects/ab/cd is empty\n"));
  CHECK(tells_of_damage("fatal: loose object abcd (stored in /c/objects/ab/cd) is corrupt\n"));
  CHECK(tells_of_damage("fatal: not a git repository: '/c'\n"));
  CHECK_FALSE(tells_of_damage("Patch is empty.\n"));
  CHECK_FALSE(tells_of_damage("error: kernel/unable to read.c: does not exist in index\n"));
  CHECK_FALSE(tells_of_damage("error: object file is corrupt: patch does not apply\n"));
  CHECK_FALSE(tells_of_damage("fatal: Needed a single revision\n"));
}

TEST_CASE("repair: objects that a power cut has emptied are written again by the next process") {
  auto directory = scratch();
  const fs::path repository = directory.path() / "r";
  const auto base = make_repository(repository, {{"a.c", "one\n"}});
  shell("git checkout -qb side && echo two >a.c && git commit -qam two && git format-patch -q -1 --stdout >../two.patch && git checkout -q master &&"
        " git branch -qD side && git reflog expire --expire=now --all && git gc -q --prune=now",
        repository);
  const auto mail = read_file(directory.path() / "two.patch").value();
  const TreeSpec tree{"mine", repository, "master", ""};
  const auto apply = [&](TreeStore& trees) {
    ApplyRequest request;
    request.object_store = finish(trees.object_store(tree, {})).value();
    request.scratch = directory.path() / "cache/building";
    REQUIRE(make_directories(request.scratch).has_value());
    request.commit = base;
    Patch patch;
    patch.subject = "two";
    patch.mail = mail;
    request.patches = {patch};
    return finish(apply_series(request, {}));
  };
  std::string commit, content;
  {
    TreeStore trees(directory.path() / "cache", directory.path());
    const auto applied = apply(trees);
    REQUIRE(applied);
    commit = applied->commit;
    const fs::path store = directory.path() / "cache/trees/mine.git";
    content = shell("git --git-dir=. rev-parse " + commit + "^{tree}", store).substr(0, 40);
    make_empty(store, content);
    make_empty(store, commit);
    // In the same life nobody looks; the words are the lab's, not the patch's.
    const auto failed = apply(trees);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().kind == ErrorKind::lab);
  }
  TreeStore trees(directory.path() / "cache", directory.path());
  const auto again = apply(trees);
  REQUIRE(again);
  CHECK(again->commit == commit);
  CHECK(again->tree_id == content);
}

TEST_CASE("repair: scratch of a process that is gone is told from that of one that lives") {
  auto directory = scratch();
  const auto mine = scratch_prefix(".x-") + "abc";
  for (const auto& name : {mine, std::string(".x-999999999-abc"), std::string(".x-abc"), std::string(".y-1-abc")}) write(directory.path() / name / "f", "");
  auto left = left_scratch(directory.path(), ".x-");
  std::sort(left.begin(), left.end());
  CHECK(left == std::vector<fs::path>{directory.path() / ".x-999999999-abc", directory.path() / ".x-abc"});
  CHECK(left_scratch(directory.path() / "none", ".x-").empty());
}
