// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/sandbox.hpp"

#include "build/layers.hpp"
#include "tests/build/support.hpp"
#include "util/text.hpp"

using namespace klab;
using namespace klab::test;
namespace fs = std::filesystem;

TEST_CASE("the sandbox's command line") {
  Sandbox sandbox;
  sandbox.binds = {{"/cache/merged", "/klab/linux", true}, {"/cache/in", "/klab/in", false}};
  sandbox.environment = {"ARCH=x86_64", "KBUILD_BUILD_TIMESTAMP=a=b"};
  sandbox.file_size_limit = 1000;
  sandbox.temporary_limit = 2000;
  sandbox.process_limit = 30;
  sandbox.address_limit = 4000;
  CHECK(join(sandbox_command(sandbox, {"make", "-j2"}), " ") ==
        "bwrap --unshare-all --unshare-user --disable-userns --as-pid-1 --uid 1000 --gid 1000 "
        "--hostname klab --die-with-parent --new-session --clearenv --setenv ARCH x86_64 "
        "--setenv KBUILD_BUILD_TIMESTAMP a=b --ro-bind /usr /usr --symlink usr/bin /bin "
        "--symlink usr/sbin /sbin --symlink usr/lib /lib --symlink usr/lib64 /lib64 "
        "--ro-bind-try /etc/alternatives /etc/alternatives --ro-bind-try /etc/ld.so.cache /etc/ld.so.cache "
        "--proc /proc --remount-ro /proc --dev /dev --size 67108864 --tmpfs /dev/shm --remount-ro /dev "
        "--size 2000 --tmpfs /tmp --bind /cache/merged /klab/linux --ro-bind /cache/in /klab/in "
        "--remount-ro / --chdir /klab/linux -- nice -n 10 prlimit --core=0 --fsize=1000 --nproc=30 --as=4000 "
        "-- make -j2");
}

TEST_CASE("the sandbox: klabd's unit takes nothing away that it needs") {
  const auto unit = read_file(fs::path(KLAB_SOURCE_ROOT) / "orchestrator/packaging/klabd.service").value();
  for (const auto& line : split_lines(unit))
    for (const char* directive : {"ProtectHostname=", "ProtectKernelTunables=", "ProtectKernelLogs=", "ProtectProc=", "ProcSubset=", "RestrictNamespaces=",
                                  "ProtectControlGroups=", "PrivateDevices="})
      CHECK_FALSE(line.starts_with(directive));
}

TEST_CASE("an overlay is mounted by the process that uses it, in a namespace of its own") {
  Workspace workspace;
  workspace.mode = LayerMode::overlay;
  workspace.lower = {"/c/base", "/c/source"};
  workspace.upper = "/c/up";
  workspace.work = "/c/work";
  workspace.merged = "/c/merged";
  const std::string script = "mount -t overlay klab -o \"$1\" \"$2\" && shift 2 && exec \"$@\" klab-mount ";
  CHECK(join(mounted_command(workspace, {"true", "x"}), " ") ==
        "unshare --mount --propagation private -- sh -c " + script +
            "lowerdir=/c/base:/c/source,upperdir=/c/up,workdir=/c/work /c/merged true x");
  CHECK(join(mounted_read_only_command(LayerMode::overlay, workspace.lower, "/c/merged", {"true"}), " ") ==
        "unshare --mount --propagation private -- sh -c " + script +
            "ro,lowerdir=/c/base:/c/source /c/merged true");
  workspace.mode = LayerMode::overlay_user;
  CHECK(join(mounted_command(workspace, {"true"}), " ") ==
        "unshare --user --map-root-user --mount --propagation private -- sh -c " + script +
            "lowerdir=/c/base:/c/source,upperdir=/c/up,workdir=/c/work,userxattr /c/merged true");
  workspace.mode = LayerMode::copy;
  CHECK(mounted_command(workspace, {"true"}) == std::vector<std::string>{"true"});
}

namespace {

ProcessResult confined(const fs::path& directory, const std::string& script) {
  Sandbox sandbox;
  sandbox.binds = {{directory, kSandboxTree, true}};
  sandbox.environment = {"PATH=/usr/bin:/bin"};
  sandbox.file_size_limit = 1 << 20;
  ProcessSpec spec;
  spec.argv = sandbox_command(sandbox, {"sh", "-c", script});
  spec.environment = launcher_environment();
  spec.environment->push_back("SECRET=1");
  spec.merge_stderr = true;
  auto ended = run_process_blocking(std::move(spec));
  REQUIRE(ended);
  return *ended;
}

}  // namespace

TEST_CASE("a build writes to its own directory and nowhere else") {
  auto directory = scratch();
  auto ended = confined(directory.path(), "echo x > inside && echo x > /tmp/x && id -u");
  CHECK(ended.ok());
  CHECK(ended.out == "1000\n");
  CHECK(*read_file(directory.path() / "inside") == "x\n");
  for (const char* place : {"/klab/outside", "/usr/outside", "/outside", "../outside", "/etc/outside"}) {
    INFO(place);
    CHECK_FALSE(confined(directory.path(), std::string("echo x > ") + place).ok());
  }
  CHECK_FALSE(fs::exists(directory.path().parent_path() / "outside"));
}

TEST_CASE("a build sees no network, no other process, no secret of the host") {
  auto directory = scratch();
  CHECK(confined(directory.path(), "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '").out == "lo\n");
  CHECK(
      confined(directory.path(), "ls -d /home /root /var /etc/passwd /etc/shadow 2>/dev/null | wc -l").out ==
      "0\n");
  CHECK(confined(directory.path(), "echo \"[$SECRET]\"").out == "[]\n");
  CHECK(confined(directory.path(), "kill -0 -1 2>/dev/null; ls -d /proc/[0-9]* | wc -l").out.size() <= 3);
  CHECK_FALSE(confined(directory.path(), "unshare --user true").ok());
}

TEST_CASE("a build's files have a limit") {
  auto directory = scratch();
  CHECK_FALSE(confined(directory.path(), "dd if=/dev/zero of=big bs=1M count=2").ok());
  CHECK(fs::file_size(directory.path() / "big") <= 1u << 20);
}
