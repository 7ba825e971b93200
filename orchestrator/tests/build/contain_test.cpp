// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/contain.hpp"

#include <condition_variable>
#include <fstream>
#include <mutex>

#include "build/sandbox.hpp"
#include "tests/build/support.hpp"

using namespace klab;
using namespace klab::test;
namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kMiB = 1u << 20;

// A sandbox with one directory that its script can write.
struct Confinement {
  TemporaryDirectory directory = scratch();
  fs::path log = directory.path() / "log";
  fs::path tree = directory.path() / "tree";
  Containment containment;
  Confinement() {
    fs::create_directory(tree);
    containment.limits = resolved({});
    containment.deadline = std::chrono::steady_clock::now() + std::chrono::hours(1);
    containment.writable = {tree};
    containment.cache = directory.path();
  }
  Result<Contained> run(const std::string& script, std::stop_token stop = {}) {
    Sandbox sandbox;
    sandbox.binds = {{tree, kSandboxTree, true}};
    sandbox.environment = {"PATH=/usr/bin:/bin"};
    ProcessSpec spec;
    spec.argv = sandbox_command(sandbox, {"sh", "-c", script});
    spec.environment = launcher_environment();
    spec.output_file = log;
    spec.merge_stderr = true;
    asio::thread_pool pool(2);
    return finish(run_contained(std::move(spec), containment, pool, stop));
  }
};

// A walk that takes for ever. Says so in a file, which the sandbox sees.
auto endless_walk(const fs::path& tree) {
  return [tree](const std::vector<fs::path>&, std::stop_token stop) {
    std::ofstream(tree / "walking") << "x";
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait(lock, stop, [] { return false; });
    return DiskUsage{};
  };
}

// Writes, so that a walk becomes due, until it goes on.
const std::string until_walking = "until [ -e walking ]; do head -c 64K /dev/zero >> file; done; ";

}  // namespace

TEST_CASE("contain: limits hold while a walk over what was written goes on") {
  Confinement lab;
  lab.containment.limits.disk = 0;
  lab.containment.measure = endless_walk(lab.tree);
  lab.containment.limits.memory = 128 * kMiB;
  auto ended = lab.run(until_walking + "exec perl -e '$x = \"a\" x 200_000_000; sleep 100'");
  REQUIRE(ended);
  CHECK(ended->hit == LimitKind::memory);
}

TEST_CASE("contain: a build that ends does not wait for a walk") {
  Confinement lab;
  lab.containment.limits.disk = 0;
  int walks = 0;
  auto endless = endless_walk(lab.tree);
  // The one at the end is another, of all that there is.
  lab.containment.measure = [&](const std::vector<fs::path>& writable, std::stop_token stop) {
    return ++walks == 1 ? endless(writable, stop) : DiskUsage{};
  };
  auto ended = lab.run(until_walking + "echo done");
  REQUIRE(ended);
  CHECK_FALSE(ended->hit);
  CHECK(ended->process.out == "done\n");
  CHECK(walks == 2);
}

TEST_CASE("contain: a stop ends the walk over what a build has left, too") {
  Confinement lab;
  std::stop_source stop;
  bool asked = false;
  auto endless = endless_walk(lab.tree);
  lab.containment.measure = [&](const std::vector<fs::path>& writable, std::stop_token token) {
    stop.request_stop();
    asked = token.stop_requested();
    return endless(writable, token);
  };
  auto ended = lab.run("true", stop.get_token());
  REQUIRE_FALSE(ended);
  CHECK(ended.error().kind == ErrorKind::stopped);
  CHECK(ended.error().message == "the build was stopped");
  CHECK(asked);
}

TEST_CASE("contain: a log ends at its limit to the byte, however fast it grew") {
  Confinement lab;
  lab.containment.limits.log = kMiB;
  SECTION("and ends what goes on printing") {
    auto ended = lab.run("yes");
    REQUIRE(ended);
    CHECK(ended->hit == LimitKind::log);
    CHECK(ended->process.out.substr(0, 4) == "y\ny\n");
  }
  SECTION("also when that ended by itself before anybody looked") {
    auto ended = lab.run("yes | head -c 1048577");
    REQUIRE(ended);
    CHECK(ended->hit == LimitKind::log);
  }
  CHECK(fs::file_size(lab.log) == kMiB);
}

TEST_CASE("contain: a log that just fits is no fault") {
  Confinement lab;
  lab.containment.limits.log = kMiB;
  auto ended = lab.run("yes | head -c 1048576");
  REQUIRE(ended);
  CHECK_FALSE(ended->hit);
  CHECK(fs::file_size(lab.log) == kMiB);
}
