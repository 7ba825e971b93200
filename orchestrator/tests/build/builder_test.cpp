// SPDX-License-Identifier: GPL-3.0-or-later
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "build/builder.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "build/job.hpp"
#include "tests/build/laboratory.hpp"
#include "util/fd.hpp"
#include "util/text.hpp"

using namespace klab;
using namespace klab::test;
namespace asio = boost::asio;
namespace fs = std::filesystem;

TEST_CASE("a series is built over its baseline's objects, and nothing is built twice") {
  Laboratory lab(GENERATE(LayerMode::probe, LayerMode::copy));
  auto base = lab.build({});
  REQUIRE(base);
  CHECK_FALSE(base->from_cache);
  CHECK(content(base->kernel) == std::string("a\nb\nc\n") + kConfig);
  CHECK(base->release == "9.9-klab");
  CHECK(base->checksums.count("bzImage") == 1);
  CHECK(base->in_tree_modules.count("in_tree") == 1);
  CHECK(count(lab.log, "  CC ") == 3);

  const Patch change =
      lab.patch("change", "echo B > kernel/b.c && git rm -q kernel/c.c && echo d > kernel/d.c");
  auto changed = lab.build({change});
  REQUIRE(changed);
  CHECK(content(changed->kernel) == std::string("a\nB\nd\n") + kConfig);
  CHECK(count(lab.log, "  CC      kernel/b.o") == 1);
  CHECK(count(lab.log, "  CC      kernel/d.o") == 1);
  CHECK(count(lab.log, "  CC ") == 2);
  CHECK(count(lab.log, "CONFIGURE") == 0);
  CHECK(changed->key != base->key);
  CHECK(content(base->kernel) == std::string("a\nb\nc\n") + kConfig);

  // Over the same baseline, a file that the other series had changed as well.
  auto other = lab.build({lab.patch("other", "echo BB > kernel/b.c")});
  REQUIRE(other);
  CHECK(content(other->kernel) == std::string("a\nBB\nc\n") + kConfig);
  CHECK(count(lab.log, "  CC ") == 1);

  // There and back again is the base.
  auto back =
      lab.build({lab.patch("back", "echo B > kernel/b.c", 1), lab.patch("back", "echo b > kernel/b.c", 2)});
  REQUIRE(back);
  CHECK(back->key == base->key);
  CHECK(back->from_cache);

  auto again = lab.build({change});
  REQUIRE(again);
  CHECK(again->from_cache);
  CHECK(again->key == changed->key);
  CHECK(again->checksums == changed->checksums);
  CHECK(lab.log == "klab: already built as " + changed->directory.string() + "\n");
  CHECK(lab.building_is_empty());
}

TEST_CASE("a series whose baseline is missing builds it first, and keeps it") {
  Laboratory lab;
  auto changed = lab.build({lab.patch("change", "echo B > kernel/b.c")});
  REQUIRE(changed);
  CHECK(count(lab.log, "klab: the baseline " + lab.base.substr(0, 12) + " is built first") == 1);
  CHECK(count(lab.log, "  CC ") == 4);
  CHECK(count(lab.log, "CONFIGURE") == 1);
  auto base = lab.build({});
  REQUIRE(base);
  CHECK(base->from_cache);
}

TEST_CASE("two submissions at once, right after a crash, build the baseline once and both get theirs") {
  Laboratory lab;
  write(lab.cache / "building/left/upper/file", "left over\n");
  TreeStore trees(lab.cache);
  KernelBuilder builder({lab.cache, {{"fake", lab.user, "HEAD", ""}}, 1, lab.limits, lab.mode}, trees);
  asio::io_context reactor(1);
  std::vector<std::string> kernels;
  const Patch patches[] = {lab.patch("one", "echo 1 > kernel/b.c"), lab.patch("two", "echo 2 > kernel/b.c")};
  const fs::path log = lab.directory.path() / "log";
  for (const Patch& patch : patches)
    asio::co_spawn(reactor, builder.build(lab.request({patch}), {}, log, {}),
                   [&](std::exception_ptr, Result<Artefacts> built) {
                     kernels.push_back(built ? content(built->kernel) : built.error().message);
                   });
  reactor.run();
  std::sort(kernels.begin(), kernels.end());
  CHECK(kernels ==
        std::vector<std::string>{std::string("a\n1\nc\n") + kConfig, std::string("a\n2\nc\n") + kConfig});
  CHECK(count(content(log), "is built first") == 1);
  CHECK(count(content(log), "  CC ") == 5);
  CHECK(lab.building_is_empty());
}

TEST_CASE("a damaged artefact is built again") {
  Laboratory lab(GENERATE(LayerMode::probe, LayerMode::copy));
  auto first = lab.build({});
  REQUIRE(first);
  const std::string sum = first->checksums["bzImage"];
  SECTION("another content") { write(first->kernel, "damaged"); }
  SECTION("no manifest") { fs::remove(first->directory / "manifest.json"); }
  auto second = lab.build({});
  REQUIRE(second);
  CHECK_FALSE(second->from_cache);
  CHECK(second->checksums["bzImage"] == sum);
  CHECK(content(second->kernel) == std::string("a\nb\nc\n") + kConfig);
}

TEST_CASE("what an interrupted build left is thrown away whole") {
  Laboratory lab(GENERATE(LayerMode::probe, LayerMode::copy));
  auto first = lab.build({});
  REQUIRE(first);
  fs::remove_all(lab.cache);
  write(lab.cache / "building" / first->key / "upper/kernel/a.o", "left over\n");
  write(lab.cache / "building" / first->key / "out/bzImage", "left over\n");
  auto second = lab.build({});
  REQUIRE(second);
  CHECK(content(second->kernel) == std::string("a\nb\nc\n") + kConfig);
  CHECK(lab.building_is_empty());
}

TEST_CASE("two klabd on one cache build one after the other, and neither removes what the other builds") {
  Laboratory lab;
  REQUIRE(lab.build({}));
  write(lab.cache / "building/of-the-other/upper/file", "half\n");
  UniqueFd other(::open((lab.cache / "build.lock").c_str(), O_RDWR | O_CLOEXEC));
  REQUIRE(::flock(other.get(), LOCK_EX | LOCK_NB) == 0);
  TreeStore trees(lab.cache);
  KernelBuilder builder({lab.cache, {{"fake", lab.user, "HEAD", ""}}, 1, lab.limits, lab.mode}, trees);
  asio::io_context reactor(1);
  const fs::path log = lab.directory.path() / "log";
  std::optional<Result<Artefacts>> result;
  const Patch change = lab.patch("change", "echo B > kernel/b.c");
  asio::co_spawn(reactor, builder.build(lab.request({change}), {}, log, {}),
                 [&](std::exception_ptr, Result<Artefacts> r) { result.emplace(std::move(r)); });
  bool waited = false;
  auto watch = [&]() -> asio::awaitable<void> {
    while (!waited && !result) {
      auto text = read_file(log);
      waited = text && *text == "klab: another klabd builds in this cache; waiting until it has done\n";
      if (waited) CHECK(fs::exists(lab.cache / "building/of-the-other/upper/file"));
      co_await asio::post(asio::use_awaitable);
    }
    other.reset();
  };
  asio::co_spawn(reactor, watch(), [](std::exception_ptr) {});
  reactor.run();
  CHECK(waited);
  REQUIRE(result);
  REQUIRE(*result);
  CHECK(content((*result)->kernel) == std::string("a\nB\nc\n") + kConfig);
  // Nobody's now: the next start clears it away.
  REQUIRE(lab.build({}));
  CHECK(lab.building_is_empty());
}

TEST_CASE("patches that another klabd applies at this moment are left alone") {
  Laboratory lab;
  const auto living = lab.cache / "building" / fmt::format("apply-{}-AbC", ::getppid());
  const auto dead = lab.cache / "building/apply-999999999-AbC";
  // Killed, and not reaped yet.
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  siginfo_t ended{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT) == 0);
  const auto zombie = lab.cache / "building" / fmt::format("apply-{}-AbC", child);
  write(zombie / "git/HEAD", "x\n");
  write(living / "git/HEAD", "x\n");
  write(dead / "git/HEAD", "x\n");
  REQUIRE(lab.build({}));
  CHECK(fs::exists(living / "git/HEAD"));
  CHECK_FALSE(fs::exists(dead));
  CHECK_FALSE(fs::exists(zombie));
  ::waitpid(child, nullptr, 0);
}

TEST_CASE("a build that is stopped half-way leaves nothing that counts, and no process") {
  Laboratory lab;
  REQUIRE(lab.build({}));
  const Patch forever = lab.patch("forever", "echo FOREVER > kernel/b.c");
  TreeStore trees(lab.cache);
  KernelBuilder builder({lab.cache, {{"fake", lab.user, "HEAD", ""}}, 1, lab.limits, lab.mode}, trees);
  asio::io_context reactor(1);
  std::stop_source stop;
  const fs::path log = lab.directory.path() / "log";
  std::optional<Result<Artefacts>> result;
  asio::co_spawn(reactor, builder.build(lab.request({forever}), {}, log, stop.get_token()),
                 [&](std::exception_ptr, Result<Artefacts> r) { result.emplace(std::move(r)); });
  auto watch = [&]() -> asio::awaitable<void> {
    while (!result) {
      auto text = read_file(log);
      if (text && text->find("  CC      kernel/b.o") != std::string::npos) break;
      co_await asio::post(asio::use_awaitable);
    }
    stop.request_stop();
  };
  asio::co_spawn(reactor, watch(), [](std::exception_ptr) {});
  reactor.run();
  REQUIRE(result);
  REQUIRE_FALSE(*result);
  CHECK(result->error().kind == ErrorKind::stopped);
  CHECK(lab.building_is_empty());
  // The sandbox's processes die with their parent, a moment after it.
  const std::string mounted = "grep -ls " + lab.directory.path().string() + " /proc/[0-9]*/mounts || true";
  int looks = 0;
  while (looks < 500 && !shell(mounted, "/").empty()) ++looks;
  CHECK(looks < 500);
}

TEST_CASE("a kernel that does not compile is a failure with its first cause, its tail and its log") {
  Laboratory lab;
  REQUIRE(lab.build({}));
  auto built = lab.build({lab.patch("broken", "echo BROKEN > kernel/b.c")});
  REQUIRE_FALSE(built);
  CHECK(built.error().kind == ErrorKind::failed);
  CHECK(built.error().message ==
        "cannot build \"fake " + lab.base.substr(0, 12) +
            " + 1 patch\": kernel/b.c:1:2: error: broken (touched by patch 1/1 \"broken\")");
  CHECK(built.error().tail.find("error: broken\nmake: *** [Makefile:") != std::string::npos);
  CHECK(lab.log.find("/klab/linux/kernel/b.c:1:2: error: broken") != std::string::npos);
  CHECK(lab.building_is_empty());
  CHECK(lab.build({lab.patch("mended", "echo mended > kernel/b.c")}));
}

TEST_CASE("a series can mend a baseline that does not build") {
  auto files = fake_kernel();
  files["kernel/a.c"] = "BROKEN\n";
  Laboratory lab(LayerMode::probe, files);
  auto built = lab.build({lab.patch("mend", "echo mended > kernel/a.c")});
  REQUIRE(built);
  CHECK(content(built->kernel) == std::string("mended\nb\nc\n") + kConfig);
  CHECK(count(lab.log, "klab: the baseline does not build (cannot build \"fake " + lab.base.substr(0, 12) +
                           "\": kernel/a.c:1:2: error: broken); building from scratch") == 1);
}

TEST_CASE("a patch that does not apply is told before anything is built") {
  Laboratory lab;
  Patch patch = lab.patch("change", "echo B > kernel/b.c");
  patch.mail.replace(patch.mail.find("-b\n"), 3, "-x\n");
  auto built = lab.build({patch});
  REQUIRE_FALSE(built);
  CHECK(built.error().kind == ErrorKind::failed);
  CHECK(built.error().message == "cannot apply \"1/1 change\" to " + lab.base.substr(0, 12) +
                                     ": kernel/b.c, hunk 1 of 1 (line 1) does not match");
  CHECK_FALSE(fs::exists(lab.cache / "kernels"));
}

TEST_CASE("a symbol that the tree cannot give is the user's to mend") {
  Laboratory lab;
  lab.fragments = {{"fast", "CONFIG_FASTER=y\n"}};
  auto built = lab.build({});
  REQUIRE_FALSE(built);
  CHECK(built.error().kind == ErrorKind::input);
  CHECK(built.error().message ==
        "cannot configure \"FASTER\" (kconfig fast): asked for y, got n; unmet: FAST (n)");
  lab.fragments.push_back({"more", "CONFIG_FAST=y\n"});
  auto configured = lab.build({});
  REQUIRE(configured);
  CHECK(content(configured->config) == "CONFIG_FAST=y\nCONFIG_FASTER=y\nCONFIG_MODULES=y\n");
}

TEST_CASE("a series that touches Kconfig is configured and verified anew") {
  Laboratory lab;
  REQUIRE(lab.build({}));
  auto same = lab.build({lab.patch("comment", "echo '# why' >> Kconfig")});
  REQUIRE(same);
  CHECK(count(lab.log, "CONFIGURE") == 1);
  CHECK(count(lab.log, "  CC ") == 0);
}

TEST_CASE("a series whose own symbol is asked for is built over the baseline without it") {
  Laboratory lab(GENERATE(LayerMode::probe, LayerMode::copy));
  lab.fragments = {{"fast", "CONFIG_FAST=y\n"}};
  REQUIRE(lab.build({}));
  lab.fragments.push_back({"new", "CONFIG_NEW=y\n"});
  auto built = lab.build({lab.patch("new", "sed -i 's/|MODULES/|NEW|MODULES/g' Makefile; "
                                           "printf 'config NEW\\n\\tbool \"new\"\\n' >> Kconfig; echo B > kernel/b.c")});
  REQUIRE(built);
  CHECK(content(built->config) == "CONFIG_FAST=y\nCONFIG_MODULES=y\nCONFIG_NEW=y\n");
  CHECK(count(lab.log, "klab: the baseline without kconfig new is taken") == 1);
  CHECK(count(lab.log, "  CC      ") == 1);
}

TEST_CASE("an unknown configuration target is the user's to mend") {
  Laboratory lab;
  TreeStore trees(lab.cache);
  KernelBuilder builder({lab.cache, {{"fake", lab.user, "HEAD", ""}}, 1, lab.limits, lab.mode}, trees);
  BuildRequest request = lab.request({});
  request.kconfig.base = "hugeconfig";
  auto built = finish(builder.build(request, {}, lab.directory.path() / "log", {}));
  REQUIRE_FALSE(built);
  CHECK(built.error().kind == ErrorKind::input);
  CHECK(built.error().message ==
        "cannot configure \"fake " + lab.base.substr(0, 12) + "\": No rule to make target 'hugeconfig'");
  request.tree = "nil";
  built = finish(builder.build(request, {}, lab.directory.path() / "log", {}));
  REQUIRE_FALSE(built);
  CHECK(built.error().message == "cannot use tree \"nil\": it is not configured");
}

TEST_CASE("a module is built against a kept kernel, once for each kernel and source") {
  Laboratory lab(GENERATE(LayerMode::probe, LayerMode::copy));
  const Patch change = lab.patch("change", "echo B > kernel/b.c");
  REQUIRE(lab.build({}));
  REQUIRE(lab.build({change}));
  const fs::path source = lab.directory.path() / "module";
  write(source / "ruler.c", "ruler\n");
  const ModuleRequest ruler{"ruler", source, "hash-1"};
  auto with_base = lab.build({}, {ruler});
  REQUIRE(with_base);
  CHECK(content(with_base->modules["ruler"]) == std::string("a\nb\nc\n") + kConfig + "ruler\n");
  CHECK(with_base->checksums.count("ruler.ko") == 1);
  CHECK_FALSE(with_base->from_cache);
  CHECK(count(lab.log, "  CC      ") == 0);
  auto with_change = lab.build({change}, {ruler});
  REQUIRE(with_change);
  CHECK(content(with_change->modules["ruler"]) == std::string("a\nB\nc\n") + kConfig + "ruler\n");
  CHECK(count(lab.log, "  CC      ") == 0);
  auto again = lab.build({change}, {ruler});
  REQUIRE(again);
  CHECK(again->from_cache);

  write(source / "ruler.c", "BROKEN\n");
  auto broken = lab.build({change}, {{"ruler", source, "hash-2"}});
  REQUIRE_FALSE(broken);
  CHECK(broken.error().kind == ErrorKind::failed);
  CHECK(broken.error().message == "cannot build module \"ruler\" for \"fake " + lab.base.substr(0, 12) +
                                      " + 1 patch\": /klab/module/ruler.c:3:1: error: broken");
}

TEST_CASE("a kernel that never ends building is stopped at the limit") {
  Laboratory lab;
  REQUIRE(lab.build({}));
  lab.limits.time = std::chrono::seconds(3);
  auto built = lab.build({lab.patch("forever", "echo FOREVER > kernel/b.c")});
  REQUIRE_FALSE(built);
  CHECK(built.error().kind == ErrorKind::failed);
  CHECK(built.error().message == "cannot build \"fake " + lab.base.substr(0, 12) +
                                     " + 1 patch\": the build took longer than 3 s: raise time under [build] "
                                     "in klab.toml if this kernel needs more");
}

TEST_CASE("a hostile build gets nothing out but files") {
  Laboratory lab;
  auto built = lab.build(
      {lab.patch("evil", "echo evil > kernel/b.c; echo 'ln -s /etc/passwd /klab/out/evil' > kernel/b.c.sh")});
  REQUIRE_FALSE(built);
  CHECK(built.error().kind == ErrorKind::failed);
  CHECK(built.error().message == "cannot keep \"evil\": the build made it no regular file");
  CHECK(lab.building_is_empty());
}

TEST_CASE("the key changes with everything that goes in") {
  AppliedSeries applied;
  applied.tree_id = "t";
  const Toolchain gcc{"gcc 12", "gcc 12, ld 2.40"};
  const Kconfig tiny{"tinyconfig", {{"lab", "CONFIG_A=y\n"}}};
  const std::string key = kernel_key(applied, tiny, Architecture::x86_64, gcc);
  CHECK(kernel_key(applied, tiny, Architecture::x86_64, gcc) == key);
  CHECK(kernel_key(applied, tiny, Architecture::arm64, gcc) != key);
  CHECK(kernel_key(applied, tiny, Architecture::x86_64, {"gcc 12", "gcc 12, ld 2.41"}) != key);
  CHECK(kernel_key(applied, {"defconfig", tiny.fragments}, Architecture::x86_64, gcc) != key);
  CHECK(kernel_key(applied, {"tinyconfig", {{"lab", "CONFIG_A=n\n"}}}, Architecture::x86_64, gcc) != key);
  applied.tree_id = "u";
  CHECK(kernel_key(applied, tiny, Architecture::x86_64, gcc) != key);
  CHECK(module_key(key, "m", "1") != module_key(key, "m", "2"));
  CHECK(module_key(key, "m", "1") != module_key("other", "m", "1"));
}
