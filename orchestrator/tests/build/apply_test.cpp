// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/apply.hpp"

#include "build/tree.hpp"
#include "tests/build/support.hpp"
#include "util/text.hpp"

using namespace klab;
using namespace klab::test;
namespace fs = std::filesystem;

namespace {

std::string numbered_lines() {
  std::string text;
  for (int i = 1; i <= 40; ++i) text += "line " + std::to_string(i) + "\n";
  return text;
}

struct Fixture {
  TemporaryDirectory directory = scratch();
  fs::path user = directory.path() / "user";
  std::string base = make_repository(
      user,
      {{"kernel/workqueue.c", numbered_lines()}, {"lib/old.c", "old\n"}, {"mm/untouched.c", "untouched\n"}});
  TreeStore trees{directory.path() / "cache"};
  fs::path store = *finish(trees.object_store({"user", user, "HEAD", ""}, {}));

  Result<AppliedSeries> apply(std::vector<Patch> patches) {
    ApplyRequest request{store, directory.path(), base, std::move(patches)};
    return finish(apply_series(request, {}));
  }
  Patch patch(const std::string& subject, const std::string& script, int number = 1) {
    return make_patch(user, directory.path() / "author", subject, script, number);
  }
};

}  // namespace

TEST_CASE("a series gives the same commit each time, and says what it changed") {
  Fixture f;
  std::vector<Patch> patches = {f.patch("workqueue: one", "sed -i 's/line 3$/LINE 3/' kernel/workqueue.c", 1),
                                f.patch("lib: move", "git mv lib/old.c lib/new.c && echo x >> lib/new.c", 2)};
  auto first = f.apply(patches);
  auto second = f.apply(patches);
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->commit == second->commit);
  CHECK(first->commit.size() == 40);
  CHECK(first->changed == std::vector<std::string>{"kernel/workqueue.c", "lib/new.c"});
  CHECK(first->deleted == std::vector<std::string>{"lib/old.c"});
  const std::string author_tree = shell("git rev-parse 'HEAD^{tree}'", f.directory.path() / "author");
  CHECK(first->tree_id + "\n" == author_tree);
}

TEST_CASE("a mail without a date still gives the same commit each time") {
  Fixture f;
  Patch patch = f.patch("workqueue: one", "sed -i 's/line 3$/LINE 3/' kernel/workqueue.c");
  const auto begin = patch.mail.find("Date: ");
  patch.mail.erase(begin, patch.mail.find('\n', begin) + 1 - begin);
  patch.date.clear();
  auto applied = f.apply({patch});
  REQUIRE(applied);
  const std::string date = shell(
      "git --git-dir='" + f.store.string() + "' log -1 --format=%ad --date=iso " + applied->commit, "/");
  CHECK(date == "2000-01-01 00:00:00 +0000\n");
}

TEST_CASE("no patches is the base itself") {
  Fixture f;
  auto applied = f.apply({});
  REQUIRE(applied);
  CHECK(applied->commit == f.base);
  CHECK(applied->changed.empty());
}

TEST_CASE("nothing is written to the user's repository, and none of its hooks runs") {
  Fixture f;
  write(f.user / ".git/hooks/applypatch-msg",
        "#!/bin/sh\ntouch " + (f.directory.path() / "ran").string() + "\nexit 1\n");
  shell("chmod +x .git/hooks/applypatch-msg", f.user);
  const std::string before = shell("find . | sort", f.user);
  auto applied = f.apply({f.patch("workqueue: one", "sed -i 's/line 3$/LINE 3/' kernel/workqueue.c")});
  REQUIRE(applied);
  CHECK(shell("find . | sort", f.user) == before);
  CHECK_FALSE(fs::exists(f.directory.path() / "ran"));
  CHECK(shell("git rev-parse HEAD", f.user).substr(0, 40) == f.base);
}

TEST_CASE("a hunk that does not match is named with patch, file and number") {
  Fixture f;
  std::vector<Patch> patches = {
      f.patch("workqueue: one", "sed -i 's/line 3$/LINE 3/' kernel/workqueue.c", 1),
      f.patch("workqueue: two", "sed -i 's/line 1$/LINE 1/; s/line 30$/LINE 30/' kernel/workqueue.c", 2)};
  const auto at = patches[1].mail.find(" line 29\n");
  patches[1].mail.replace(at, 9, " line XX\n");
  auto applied = f.apply(patches);
  REQUIRE_FALSE(applied);
  CHECK(applied.error().kind == ErrorKind::failed);
  CHECK(applied.error().message == "cannot apply \"2/2 workqueue: two\" to " + f.base.substr(0, 12) +
                                       ": kernel/workqueue.c, hunk 2 of 2 (line 27) does not match");
  CHECK(applied.error().tail ==
        "error: patch failed: kernel/workqueue.c:27\n"
        "error: kernel/workqueue.c: patch does not apply\n"
        "Patch failed at 0002 workqueue: two");
}

TEST_CASE("a file that the base lacks is named") {
  Fixture f;
  Patch patch = f.patch("lib: change", "echo more >> lib/old.c");
  for (std::string::size_type at; (at = patch.mail.find("lib/old.c")) != std::string::npos;)
    patch.mail.replace(at, 9, "lib/nil.c");
  auto applied = f.apply({patch});
  REQUIRE_FALSE(applied);
  CHECK(applied.error().message == "cannot apply \"1/1 lib: change\" to " + f.base.substr(0, 12) +
                                       ": lib/nil.c: does not exist in index");
}

TEST_CASE("a path out of the tree does not apply and leaves nothing behind") {
  Fixture f;
  Patch patch = f.patch("lib: add", "echo evil > lib/evil.c");
  for (std::string::size_type at; (at = patch.mail.find("b/lib/evil.c")) != std::string::npos;)
    patch.mail.replace(at, 12, "b/../../../../evil");
  auto applied = f.apply({patch});
  REQUIRE_FALSE(applied);
  CHECK(applied.error().kind == ErrorKind::failed);
  CHECK_FALSE(fs::exists(f.directory.path() / "evil"));
}

TEST_CASE("a body line that looks like an envelope does not split the mail") {
  Fixture f;
  Patch patch = f.patch("workqueue: one", "sed -i 's/line 3$/LINE 3/' kernel/workqueue.c");
  const auto body = patch.mail.find("\n\n") + 2;
  patch.mail.insert(body, "From nobody Mon Sep 17 00:00:00 2001\nis a quotation.\n");
  CHECK(f.apply({patch}));
}

TEST_CASE("a stop is neither a failure of the patch nor of the lab") {
  Fixture f;
  std::stop_source stop;
  stop.request_stop();
  ApplyRequest request{f.store, f.directory.path(), f.base, {f.patch("one", "echo x > new.c")}};
  auto applied = finish(apply_series(request, stop.get_token()));
  REQUIRE_FALSE(applied);
  CHECK(applied.error().kind == ErrorKind::stopped);
}
