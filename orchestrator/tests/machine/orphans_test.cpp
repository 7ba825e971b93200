// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/orphans.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "util/file.hpp"

namespace fs = std::filesystem;

namespace {

// A process that waits for its end under another name; this program's is one.
pid_t start(const std::string& name, const std::string& argument) {
  int ready[2];
  static int input[2] = {-1, -1};
  REQUIRE(::pipe2(ready, O_CLOEXEC) == 0);
  if (input[0] < 0) REQUIRE(::pipe2(input, O_CLOEXEC) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(input[0], 0);
    ::execlp("cat", name.c_str(), "-", argument.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(ready[1]);
  char nothing;
  CHECK(::read(ready[0], &nothing, 1) == 0);  // closed by the exec
  ::close(ready[0]);
  return child;
}

bool was_killed(pid_t child) {
  int status = 0;
  const bool gone = ::waitpid(child, &status, WNOHANG) == child;
  return gone && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

}  // namespace

TEST_CASE("QEMUs that a driver left behind are killed, and nobody else") {
  const auto folder = klab::TemporaryDirectory::create("/tmp", "klab-orphans").value();
  const fs::path root = folder.path() / "libvirt";
  const std::string below = "unix:" + (root / "lib/qemu/qmp-1/qmp.monitor").string();
  const pid_t probe = start("/usr/bin/qemu-system-i386", below);
  const pid_t other_lab = start("/usr/bin/qemu-system-i386", "unix:" + (folder.path() / "other/lib/qemu/qmp-1/m").string());
  const pid_t other_program = start("less", below);
  CHECK(klab::kill_orphans(root) == std::vector{probe});
  siginfo_t info = {};
  CHECK(::waitid(P_PID, static_cast<id_t>(probe), &info, WEXITED | WNOWAIT) == 0);
  CHECK(was_killed(probe));
  CHECK_FALSE(was_killed(other_lab));
  CHECK_FALSE(was_killed(other_program));
  CHECK(klab::kill_by_word("less", "no such word").empty());
  CHECK(klab::kill_by_word("less", below) == std::vector{other_program});
  CHECK(klab::kill_by_word("less", "--conf-file").empty());
  for (const pid_t child : {other_lab, other_program}) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
}

TEST_CASE("what a driver wrote down of its domains is removed, and nothing else") {
  const auto folder = klab::TemporaryDirectory::create("/tmp", "klab-orphans").value();
  const fs::path root = folder.path() / "libvirt";
  const auto write = [&](const char* name) {
    REQUIRE(klab::make_directories((root / name).parent_path()).has_value());
    REQUIRE(klab::write_file_atomic(root / name, "x").has_value());
  };
  for (const char* name : {"run/qemu/klab-1-1-1.xml", "run/qemu/klab-1-1-1.pid", "run/qemu/driver.pid", "run/qemu/autostarted",
                           "run/qemu/dbus/other.xml", "lib/qemu/domain-1-klab-1-1-1/monitor.sock", "lib/qemu/ram/file",
                           "log/qemu/klab-1-1-1.log", "etc/qemu.conf"})
    write(name);
  klab::forget_domains(root);
  std::vector<std::string> left;
  for (const auto& entry : fs::recursive_directory_iterator(root))
    if (entry.is_regular_file()) left.push_back(entry.path().lexically_relative(root).string());
  std::sort(left.begin(), left.end());
  CHECK(left == std::vector<std::string>{"etc/qemu.conf", "lib/qemu/ram/file", "log/qemu/klab-1-1-1.log", "run/qemu/autostarted",
                                         "run/qemu/dbus/other.xml", "run/qemu/driver.pid"});
  klab::forget_domains(folder.path() / "there is none");
}
