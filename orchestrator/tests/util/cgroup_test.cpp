// SPDX-License-Identifier: GPL-3.0-or-later
#include "util/cgroup.hpp"

#include <sys/xattr.h>

#include <catch2/catch.hpp>

#include "util/file.hpp"

using namespace klab;
namespace fs = std::filesystem;

namespace {

// A hierarchy as files: what the kernel would keep. Its own files appear with a group; here they are made.
struct Hierarchy {
  TemporaryDirectory directory =
      TemporaryDirectory::create(fs::temp_directory_path(), "klab-cgroup-").value();
  fs::path root = directory.path();
  fs::path top = root / "sys/fs/cgroup";
  Hierarchy() {
    put(top / "cgroup.controllers", "cpu memory pids\n");
    put(root / "proc/self/cgroup", "1:name=systemd:/x\n0::/klabd.service\n");
    put(top / "klabd.service/cgroup.procs", "");
  }
  static void put(const fs::path& path, const std::string& text) {
    REQUIRE(make_directories(path.parent_path()).has_value());
    REQUIRE(write_file_atomic(path, text).has_value());
  }
};

}  // namespace

TEST_CASE("cgroup: where there is none, the reason is said") {
  Hierarchy h;
  CHECK(find_cgroup_place(h.root, false, true).why ==
        "the control group \"/klabd.service\" is not delegated to this user");
  Hierarchy::put(h.top / "cgroup.type", "domain\n");
  CHECK(find_cgroup_place(h.root, true, true).parent.empty());
  Hierarchy::put(h.top / "cgroup.controllers", "cpu\n");
  CHECK(find_cgroup_place(h.root, true, true).why == "cgroup v2 has no memory and pids controllers here");
  fs::remove(h.top / "cgroup.controllers");
  CHECK(find_cgroup_place(h.root, true, true).why == "this host has no cgroup v2 hierarchy");
}

TEST_CASE("cgroup: root takes the top, a daemon that was moved down the group above it") {
  Hierarchy h;
  Hierarchy::put(h.top / "cgroup.subtree_control", "cpu memory pids\n");
  CHECK(find_cgroup_place(h.root, true, true).parent == h.top);
  CHECK(find_cgroup_place(h.root, false, true).parent.empty());
  Hierarchy::put(h.root / "proc/self/cgroup", "0::/klabd.service/klabd\n");
  Hierarchy::put(h.top / "klabd.service/cgroup.subtree_control", "memory pids\n");
  CHECK(find_cgroup_place(h.root, false, true).parent == h.top / "klabd.service");
}

TEST_CASE("cgroup: one that is delegated and hands nothing down is told from one that is not delegated") {
  Hierarchy h;
  const fs::path group = h.top / "klabd.service";
  Hierarchy::put(group / "cgroup.subtree_control", "");  // no kernel behind it: what is written does not come back
  if (::setxattr(group.c_str(), "user.delegate", "1", 1, 0) != 0) return;  // a file system without attributes of users
  CHECK(find_cgroup_place(h.root, false, false).parent == group);
  const auto place = find_cgroup_place(h.root, false, true);
  CHECK(place.parent.empty());
  CHECK(place.why == "the control group \"/klabd.service\" is delegated, but does not hand memory and pids down");
}

TEST_CASE("cgroup: a directory that is no control group is refused and not left behind") {
  Hierarchy h;
  auto made = Cgroup::create(h.top, "klab-build", 1 << 20, 10);
  const bool refused = made.has_error();
  REQUIRE(refused);
  CHECK(made.error().message.find("/memory.max\": No such file or directory") != std::string::npos);
  int groups = 0;
  for (const auto& entry : fs::directory_iterator(h.top))
    groups += entry.path().filename().string().starts_with("klab-build");
  CHECK(groups == 0);
}
