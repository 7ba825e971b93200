// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/base.hpp"

#include <catch2/catch.hpp>

#include "tests/build/support.hpp"
#include "util/text.hpp"

using namespace klab;
using namespace klab::test;

namespace {

struct Scene {
  TemporaryDirectory directory = scratch();
  TreeStore trees{directory.path() / "cache"};
  TreeSpec tree;
  std::string first, second;
  Scene() {
    tree.name = "mine";
    tree.repository = directory.path() / "repository";
    first = make_repository(tree.repository, {{"a.c", "int a;\n"}, {"b.c", "int b;\n"}});
    second = shell("echo 'int a2;' >a.c; git commit -q -a -m second; git rev-parse HEAD", tree.repository).substr(0, 40);
  }
  // A patch as it would be against the first commit.
  Series series(const std::string& base_commit) const {
    Series series;
    series.base_commit = base_commit;
    Patch patch;
    patch.mail = shell("git checkout -q " + first + "; echo more >>a.c; git diff; git checkout -q -f " + second, tree.repository);
    series.patches.push_back(patch);
    return series;
  }
  BaseSearch find(const std::string& asked, const Series* series) {
    auto found = finish(find_base(trees, tree, asked, series, {}));
    REQUIRE(found);
    return *found;
  }
};

std::vector<std::string> ways(const BaseSearch& search) {
  std::vector<std::string> out;
  for (const auto& attempt : search.attempts) out.push_back(attempt.way + (attempt.taken ? " taken" : ""));
  return out;
}

}  // namespace

TEST_CASE("base: what is asked for, then base-commit, then the blobs, then the default") {
  Scene s;
  const auto known = s.series(s.second);
  const auto asked = s.find("HEAD~1", &known);
  CHECK(asked.commit == s.first);
  CHECK(ways(asked) == std::vector<std::string>{"--base taken"});
  CHECK(asked.reason() == "--base: as asked for");

  const auto named = s.find("", &known);
  CHECK(named.commit == s.second);
  CHECK(ways(named) == std::vector<std::string>{"base-commit taken"});

  const auto unknown = s.series(std::string(40, 'e'));
  const auto blobs = s.find("", &unknown);
  CHECK(blobs.commit == s.first);
  CHECK(ways(blobs) == std::vector<std::string>{"base-commit", "blob ids taken"});
  CHECK(blobs.attempts[0].why.find("cannot find \"" + std::string(40, 'e') + "\" in tree \"mine\"") == 0);
  CHECK(blobs.attempts[0].words == "fatal: Needed a single revision");
  CHECK(blobs.attempts[1].wanted.ends_with(" a.c"));
  CHECK(blobs.reason() == "blob ids: newest commit on the tree's default ref that has 1 file as the series knew it");

  Series bare;
  const auto fallback = s.find("", &bare);
  CHECK(fallback.commit == s.second);
  CHECK(ways(fallback) == std::vector<std::string>{"blob ids", "default ref taken"});
  CHECK(fallback.attempts[0].why == "the diff names no blobs (no \"index\" lines)");
  CHECK(fallback.reason() == "default ref: HEAD of tree mine");

  CHECK(ways(s.find("", nullptr)) == std::vector<std::string>{"default ref taken"});
}

TEST_CASE("base: what was asked for and is not there ends the search, with git's words") {
  Scene s;
  const auto series = s.series(s.second);
  const auto search = s.find("v9.9", &series);
  CHECK(search.commit.empty());
  CHECK(ways(search) == std::vector<std::string>{"--base"});
  CHECK(search.reason() == "cannot find \"v9.9\" in tree \"mine\": no such commit, branch or tag in " +
                               (s.tree.repository / ".git").string());
  CHECK(search.attempts[0].words == "fatal: Needed a single revision");
}
