// SPDX-License-Identifier: GPL-3.0-or-later
#include <sys/stat.h>
#include <unistd.h>

#include "build/tree.hpp"
#include "tests/build/support.hpp"

using namespace klab;
using namespace klab::test;
namespace fs = std::filesystem;

namespace {

struct Place {
  Place() { first = make_repository(remote, {{"a", "1\n"}}); }
  TreeSpec tree() const { return {"mine", {}, "master", {}, remote.string(), std::chrono::seconds(30)}; }
  std::string commit(const std::string& script) { return shell(script + " && git rev-parse HEAD", remote).substr(0, 40); }
  Result<std::string> resolve(const std::string& ref) { return finish(trees.resolve(tree(), ref, {})); }
  Result<void> fetch() {
    auto wrap = [](TreeStore& trees, TreeSpec tree) -> boost::asio::awaitable<std::optional<Result<void>>> {
      co_return std::optional<Result<void>>(co_await trees.fetch(tree, {}));
    };
    return *finish(wrap(trees, tree()));
  }
  fs::path ours() const { return directory.path() / "cache/trees/remotes/mine.git"; }

  TemporaryDirectory directory = scratch();
  fs::path remote = directory.path() / "remote";
  TreeStore trees{directory.path() / "cache", directory.path()};
  std::string first;
};

}  // namespace

TEST_CASE("fetch: a remote is fetched on first use, and then when it is asked for") {
  Place place;
  CHECK(place.resolve("").value() == place.first);
  const auto second = place.commit("echo 2 >a && git commit -qam two && git tag v2");
  CHECK(place.resolve("").value() == place.first);
  REQUIRE(place.fetch().has_value());
  CHECK(place.resolve("master").value() == second);
  CHECK(place.resolve("v2").value() == second);
  // Objects come with it, for those who build.
  CHECK(shell("git --git-dir=. show v2:a", finish(place.trees.object_store(place.tree(), {})).value()) == "2\n");
}

TEST_CASE("fetch: what moves under a name is told of what is there, and nothing is fetched for it") {
  Place place;
  const auto moving = [&](const std::string& ref) { return finish(place.trees.moving_ref(place.tree(), ref, {})); };
  CHECK(moving("master").empty());
  CHECK_FALSE(fs::exists(place.ours()));
  const auto second = place.commit("git branch -M master && echo 2 >a && git commit -qam two && git tag v2 && git tag -a v2.1 -m x");
  REQUIRE(place.fetch().has_value());
  CHECK(moving("master") == "refs/heads/master");
  CHECK(moving("refs/heads/master") == "refs/heads/master");
  for (const auto& ref : {std::string("v2"), std::string("v2.1"), second, second.substr(0, 12), std::string("gone"), std::string("--all")})
    CHECK(moving(ref).empty());
  // Of a repository as it is.
  const TreeSpec own{"own", place.remote, "HEAD", {}};
  CHECK(finish(place.trees.moving_ref(own, "HEAD", {})) == "refs/heads/master");
  CHECK(finish(place.trees.moving_ref(own, "v2", {})).empty());
  CHECK(finish(place.trees.moving_ref({"own", place.directory.path() / "none", "HEAD", {}}, "HEAD", {})).empty());
}

TEST_CASE("fetch: a mirror may rewrite and lose its refs; commits that were there stay") {
  Place place;
  const auto second = place.commit("echo 2 >a && git commit -qam two && git branch topic");
  REQUIRE(place.fetch().has_value());
  const auto third = place.commit("git reset -q --hard HEAD~1 && echo 3 >a && git commit -qam three && git branch -qD topic && git branch topic/a");
  REQUIRE(place.fetch().has_value());
  CHECK(place.resolve("master").value() == third);
  CHECK(place.resolve("topic/a").value() == third);
  CHECK(place.resolve(second).value() == second);
  const auto lost = place.resolve("topic");
  REQUIRE_FALSE(lost.has_value());
  CHECK(lost.error().kind == ErrorKind::input);
  CHECK(lost.error().message == fmt::format("cannot find \"topic\" in tree \"mine\": no such commit, branch or tag in {}", place.ours().string()));
}

TEST_CASE("fetch: a remote that cannot be read is told with git's words, and what was there stays") {
  Place place;
  REQUIRE(place.fetch().has_value());
  fs::rename(place.remote, place.directory.path() / "elsewhere");
  const auto failed = place.fetch();
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().kind == ErrorKind::lab);
  CHECK(failed.error().message == fmt::format("cannot fetch tree \"mine\" from \"{}\": git: exit status 128", place.remote.string()));
  CHECK(failed.error().tail.find("does not appear to be a git repository") != std::string::npos);
  CHECK(place.resolve("master").value() == place.first);
}

TEST_CASE("fetch: helpers that run commands are refused") {
  Place place;
  auto tree = place.tree();
  tree.remote = "ext::sh -c touch% " + (place.directory.path() / "ran").string();
  auto failed = finish(place.trees.resolve(tree, "", {}));
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().tail.find("transport 'ext' not allowed") != std::string::npos);
  CHECK_FALSE(fs::exists(place.directory.path() / "ran"));
}

TEST_CASE("fetch: what a killed git left behind is no obstacle; another address is fetched anew") {
  Place place;
  REQUIRE(place.fetch().has_value());
  const auto second = place.commit("echo 2 >a && git commit -qam two");
  for (const char* name : {"packed-refs.lock", "HEAD.lock", "refs/heads/master.lock", "objects/pack/tmp_pack_x"}) write(place.ours() / name, "x");
  REQUIRE(place.fetch().has_value());
  CHECK(place.resolve("").value() == second);
  CHECK_FALSE(fs::exists(place.ours() / "objects/pack/tmp_pack_x"));
  auto other = place.tree();
  const auto elsewhere = make_repository(place.directory.path() / "other", {{"b", "1\n"}});
  other.remote = (place.directory.path() / "other").string();
  CHECK(finish(place.trees.resolve(other, "", {})).value() == elsewhere);
}

TEST_CASE("fetch: what a power cut has emptied is fetched again") {
  Place place;
  place.commit("git branch topic");
  REQUIRE(place.fetch().has_value());
  const auto second = place.commit("git branch -qD topic && echo 2 >a && git commit -qam two");
  // A git that was killed while it pruned, a ref and an object without content.
  write(place.ours() / "packed-refs.new", "x");
  write(place.ours() / "refs/heads/master", "");
  const auto file = place.ours() / "objects" / place.first.substr(0, 2) / place.first.substr(2);
  if (fs::exists(file)) {
    fs::permissions(file, fs::perms::owner_all);
    fs::resize_file(file, 0);
  }
  REQUIRE(place.fetch().has_value());
  CHECK(place.resolve("").value() == second);
  CHECK(place.resolve(place.first).value() == place.first);
  CHECK_FALSE(place.resolve("topic").has_value());
  // An object below a tip that is there, found by the next klabd, which does not wait for a night.
  const auto tree = shell("git --git-dir=. rev-parse " + place.first + "^{tree}", place.ours()).substr(0, 40);
  const auto object = place.ours() / "objects" / tree.substr(0, 2) / tree.substr(2);
  REQUIRE(fs::exists(object));
  fs::permissions(object, fs::perms::owner_all);
  fs::resize_file(object, 0);
  {
    TreeStore next(place.directory.path() / "cache", place.directory.path());
    CHECK(finish(next.resolve(place.tree(), "", {})).value() == second);
    CHECK(shell("git --git-dir=. show " + place.first + ":a", place.ours()) == "1\n");
  }
  // One that was never made to its end is made anew.
  write(place.ours() / "HEAD", "");
  write(place.ours().parent_path() / ".new-999999999-x/repository/HEAD", "");
  REQUIRE(place.fetch().has_value());
  CHECK(place.resolve("").value() == second);
  CHECK(fs::exists(place.ours() / "info/attributes"));
  CHECK_FALSE(fs::exists(place.ours().parent_path() / ".new-999999999-x"));
}

TEST_CASE("fetch: a remote that does not answer has an end") {
  Place place;
  auto tree = place.tree();
  // Opening it to read waits for a writer that never comes.
  fs::create_directories(place.directory.path() / "slow/objects");
  fs::create_directories(place.directory.path() / "slow/refs");
  REQUIRE(::mkfifo((place.directory.path() / "slow/HEAD").c_str(), 0600) == 0);
  tree.remote = (place.directory.path() / "slow").string();
  tree.fetch_limit = std::chrono::seconds(1);
  auto failed = finish(place.trees.resolve(tree, "", {}));
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().message == fmt::format("cannot fetch tree \"mine\" from \"{}\": git: no end within 1 s (fetch_limit)", tree.remote));
}

TEST_CASE("fetch: a repository of another user on this machine") {
  if (::geteuid() != 0) return;  // nobody else can make one
  Place place;
  shell("chown -R 65534:65534 .", place.remote);
  REQUIRE(place.fetch().has_value());
  CHECK(place.resolve("master").value() == place.first);
}
