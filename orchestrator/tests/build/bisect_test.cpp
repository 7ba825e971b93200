// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/bisect.hpp"

#include "tests/build/support.hpp"
#include "util/text.hpp"

using namespace klab;
using namespace klab::test;

namespace {

// Commits c1 .. cN in a row; gives them in that order.
std::vector<std::string> commits(const std::filesystem::path& directory, int count) {
  std::string script = "git init -q .;";
  for (int i = 1; i <= count; ++i) script += fmt::format("echo {0} > f; git add f; git commit -q -m 'change {0}';", i);
  return split_lines(trim(shell(script + "git rev-list --reverse HEAD", directory)));
}

}  // namespace

TEST_CASE("bisect: follows its marks to the first bad commit, and starts again from nothing each time") {
  const auto directory = scratch();
  const auto tree = directory.path() / "tree";
  REQUIRE(make_directories(tree));
  const auto all = commits(tree, 16);
  const auto before = shell("find .git -type f | sort | xargs cat | sha256sum", tree);
  for (std::size_t culprit = 1; culprit < all.size(); ++culprit) {
    std::vector<BisectMark> marks;
    std::string found;
    for (int step = 0; step < 6 && found.empty(); ++step) {
      auto answer = finish(bisect(tree / ".git", directory.path(), all.front(), all.back(), marks, {}));
      REQUIRE(answer);
      found = answer->first_bad;
      if (!found.empty()) break;
      const auto place = std::find(all.begin(), all.end(), answer->next) - all.begin();
      REQUIRE(static_cast<std::size_t>(place) < all.size());
      marks.push_back({answer->next, static_cast<std::size_t>(place) >= culprit ? "bad" : "good"});
    }
    CHECK(found == all[culprit]);
    CHECK(marks.size() <= 4);
  }
  CHECK(shell("find .git -type f | sort | xargs cat | sha256sum", tree) == before);
}

TEST_CASE("bisect: goes around skipped commits, and says which are left") {
  const auto directory = scratch();
  const auto tree = directory.path() / "tree";
  REQUIRE(make_directories(tree));
  const auto all = commits(tree, 4);
  auto first = finish(bisect(tree / ".git", directory.path(), all[0], all[3], {}, {}));
  REQUIRE(first);
  auto second = finish(bisect(tree / ".git", directory.path(), all[0], all[3], {{first->next, "skip"}}, {}));
  REQUIRE(second);
  CHECK(second->next != first->next);
  auto third = finish(bisect(tree / ".git", directory.path(), all[0], all[3], {{first->next, "skip"}, {second->next, "skip"}}, {}));
  REQUIRE(third);
  CHECK(third->next.empty());
  CHECK(third->first_bad.empty());
  CHECK(third->suspects.size() == 3);
  // One commit between them needs no step.
  auto alone = finish(bisect(tree / ".git", directory.path(), all[2], all[3], {}, {}));
  REQUIRE(alone);
  CHECK(alone->first_bad == all[3]);
}

TEST_CASE("bisect: commits between, their words, and those that are not connected") {
  const auto directory = scratch();
  const auto tree = directory.path() / "tree";
  REQUIRE(make_directories(tree));
  const auto all = commits(tree, 3);
  auto between = finish(commits_between(tree / ".git", all[0], all[2], {}));
  REQUIRE(between);
  CHECK(between->connected);
  CHECK(between->commits == 2);
  CHECK_FALSE(finish(commits_between(tree / ".git", all[2], all[0], {}))->connected);
  const auto unknown = finish(commits_between(tree / ".git", all[0], std::string(40, '1'), {}));
  REQUIRE(unknown.has_error());
  CHECK(unknown.error().message ==
        fmt::format("cannot look for the commits between {} and 111111111111: git: exit status 128", all[0].substr(0, 12)));
  auto words = finish(commit_words(tree / ".git", all[1], {}));
  REQUIRE(words);
  CHECK(words->subject == "change 2");
  CHECK(words->author == "Ann <a@b.org>");
}
