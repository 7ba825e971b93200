// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/blob_search.hpp"

#include <catch2/catch.hpp>

#include "tests/build/support.hpp"
#include "util/text.hpp"

using namespace klab;
using namespace klab::test;

namespace {

// main: 1 (a1 b1), 2 (a2 b1), 3 (a2 b2), 4 (only c changes), 5 (a3 b2); side, from 2: 6 (a2 b9), 7 (c changes).
struct Scene {
  TemporaryDirectory directory = scratch();
  std::map<std::string, std::string> commits;
  Scene() {
    const auto said = shell(R"sh(
git init -q -b main .
n=0
commit() { n=$((n + 1)); git add -A; GIT_AUTHOR_DATE="2026-01-0$n 00:00 +0000" GIT_COMMITTER_DATE="2026-01-0$n 00:00 +0000" git commit -q -m "$n"; echo "$n $(git rev-parse HEAD)"; }
mkdir d; echo a1 >d/a; echo b1 >b; commit
echo a2 >d/a; commit
echo b2 >b; commit
echo c >c; commit
echo a3 >d/a; commit
git checkout -q -b side HEAD~3
echo b9 >b; commit
echo c9 >c; commit
)sh",
                            directory.path());
    for (const auto& line : split_lines(std::string(trim(said)))) commits[line.substr(0, 1)] = line.substr(2);
  }
  std::string blob(const std::string& text) const {
    return shell("echo " + text + " | git hash-object --stdin", directory.path()).substr(0, 12);
  }
  BlobSearch find(std::vector<PreimageBlob> blobs, std::chrono::seconds limit = std::chrono::minutes(1)) const {
    auto found = finish(find_commit_with_blobs(directory.path() / ".git", commits.at("5"), std::move(blobs), {}, limit));
    REQUIRE(found);
    return *found;
  }
};

const Scene& scene() {
  static const Scene one;
  return one;
}

}  // namespace

TEST_CASE("blobs: the newest commit that has them all, on the default ref first") {
  const auto& s = scene();
  CHECK(s.find({{"d/a", s.blob("a2")}}).commit == s.commits.at("4"));
  CHECK(s.find({{"d/a", s.blob("a2")}, {"b", s.blob("b1")}}).commit == s.commits.at("2"));
  const auto both = s.find({{"d/a", s.blob("a2")}, {"b", s.blob("b2")}});
  CHECK(both.commit == s.commits.at("4"));
  CHECK(both.why == "newest commit on the tree's default ref that has 2 files as the series knew them");
  CHECK(s.find({{"d/a", s.blob("a3").substr(0, 7)}}).commit == s.commits.at("5"));
}

TEST_CASE("blobs: what only another branch has is found there") {
  const auto& s = scene();
  const auto found = s.find({{"b", s.blob("b9")}});
  CHECK(found.commit == s.commits.at("7"));
  CHECK(found.why == "newest commit on any branch or tag that has 1 file as the series knew it");
}

TEST_CASE("blobs: what is missing is named, with git's words") {
  const auto& s = scene();
  const auto missing = s.find({{"d/a", s.blob("a2")}, {"b", "0123456789ab"}});
  CHECK_FALSE(missing.commit.has_value());
  CHECK(missing.why == "blob 0123456789ab of \"b\" is not in this tree");
  CHECK(missing.words == "0123456789ab missing");
  const auto apart = s.find({{"d/a", s.blob("a1")}, {"b", s.blob("b2")}});
  CHECK_FALSE(apart.commit.has_value());
  CHECK(apart.why == "no commit has 2 files as the series knew them, though each blob is in this tree");
  // The blob is there, but never at that path.
  CHECK_FALSE(s.find({{"elsewhere", s.blob("a1")}}).commit.has_value());
  CHECK(s.find({}).why == "the diff names no blobs (no \"index\" lines)");
}

TEST_CASE("blobs: a search out of time says how far it came") {
  const auto& s = scene();
  const auto late = s.find({{"d/a", s.blob("a1")}, {"b", s.blob("b2")}}, std::chrono::seconds(0));
  CHECK_FALSE(late.commit.has_value());
  CHECK(late.why == "none of the newest 5 commits has 2 files as the series knew them; the search ended there, out of time");
}
