// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/watcher.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "console/oops_table.hpp"

using namespace klab;
using namespace std::chrono_literals;

namespace {

constexpr ConsoleWatcher::TimePoint kStart{};

ConsoleWatcher watch(std::string_view text) {
  ConsoleWatcher watcher;
  watcher.feed(text, kStart);
  return watcher;
}

constexpr std::string_view kOops =
    "BUG: kernel NULL pointer dereference, address: 0000000000000008\n"
    "#PF: supervisor read access in kernel mode\n"
    "Oops: Oops: 0000 [#1] SMP PTI\n"
    "CPU: 1 UID: 0 PID: 77 Comm: insmod Tainted: G           O       6.12.0 #1\n"
    "RIP: 0010:victim+0x11/0x20 [mod]\n"
    "Call Trace:\n"
    " <TASK>\n"
    " caller+0x5/0x10\n"
    " </TASK>\n"
    "---[ end trace 0000000000000000 ]---\n";

}  // namespace

TEST_CASE("progress is read from the marks, each on its own line", "[console]") {
  ConsoleWatcher watcher;
  CHECK(watcher.stage() == BootStage::nothing);
  watcher.feed("SeaBIOS\r\nLinux version 6.12.0 (builder@host)\r\n", kStart);
  CHECK(watcher.stage() == BootStage::kernel);
  watcher.feed("Kernel command line: console=ttyS0 note=klab: init\r\n", kStart);
  CHECK(watcher.stage() == BootStage::kernel);
  watcher.feed("klab: in", kStart);
  CHECK(watcher.stage() == BootStage::kernel);
  watcher.feed("it\r\n", kStart);
  CHECK(watcher.stage() == BootStage::init);
  watcher.feed("klab: runner start\n", kStart);
  CHECK(watcher.stage() == BootStage::runner);
  watcher.feed("klab: done", kStart);
  CHECK(watcher.stage() == BootStage::runner);
  watcher.finish();
  CHECK(watcher.stage() == BootStage::done);
  CHECK_FALSE(watcher.crash());
  CHECK(watcher.lines() == 6);
}

TEST_CASE("silence is counted from the last byte", "[console]") {
  ConsoleWatcher watcher;
  CHECK_FALSE(watcher.silent_since());
  watcher.feed("", kStart + 1s);
  CHECK_FALSE(watcher.silent_since());
  watcher.feed("x", kStart + 2s);
  watcher.feed("y\n", kStart + 5s);
  CHECK(watcher.silent_since() == kStart + 5s);
}

TEST_CASE("a crash is known at its first line and complete at its last", "[console]") {
  ConsoleWatcher watcher;
  watcher.feed("one\n", kStart);
  const auto first_line = kOops.find('\n') + 1;
  watcher.feed(kOops.substr(0, first_line - 1), kStart);
  CHECK_FALSE(watcher.crash());
  watcher.feed("\n", kStart);
  REQUIRE(watcher.crash());
  CHECK(watcher.crash()->title == "BUG: unable to handle kernel NULL pointer dereference");
  CHECK_FALSE(watcher.crash()->complete);
  watcher.feed(kOops.substr(first_line), kStart);
  CHECK(watcher.crash()->title == "BUG: unable to handle kernel NULL pointer dereference in victim");
  CHECK(watcher.crash()->function == "victim");
  CHECK(watcher.crash()->kind == "oops");
  CHECK(watcher.crash()->outcome == Outcome::crashed);
  CHECK(watcher.crash()->complete);
  CHECK(watcher.crash()->first_line == 2);
  CHECK(watcher.crash()->last_line == 11);
  CHECK(watcher.crash()->excerpt == kOops);
}

TEST_CASE("a crash without an end is complete when the console ends", "[console]") {
  ConsoleWatcher watcher = watch("Kernel panic - not syncing: Fatal exception");
  CHECK_FALSE(watcher.crash());
  watcher.finish();
  REQUIRE(watcher.crash());
  CHECK(watcher.crash()->title == "kernel panic: Fatal exception");
  CHECK(watcher.crash()->complete);
}

TEST_CASE("the first crash stands; what follows lengthens its excerpt", "[console]") {
  const ConsoleWatcher watcher =
      watch(std::string(kOops) + "Kernel panic - not syncing: Fatal exception\nKernel Offset: disabled\n");
  REQUIRE(watcher.crash());
  CHECK(watcher.crash()->title == "BUG: unable to handle kernel NULL pointer dereference in victim");
  CHECK(watcher.crash()->last_line == 12);
  CHECK(watcher.crash()->excerpt ==
        std::string(kOops) + "Kernel panic - not syncing: Fatal exception\nKernel Offset: disabled\n");
}

TEST_CASE("an init that ends before its first word is a boot that failed", "[console]") {
  const std::string panic = "Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100\n";
  CHECK(watch("Linux version 6\n" + panic).crash()->outcome == Outcome::boot_failed);
  CHECK(watch("Linux version 6\nklab: init\n" + panic).crash()->outcome == Outcome::crashed);
}

TEST_CASE("a second kernel in one boot is a crash", "[console]") {
  const ConsoleWatcher watcher = watch("Linux version 6.12\nhello\nLinux version 6.12\n");
  REQUIRE(watcher.crash());
  CHECK(watcher.crash()->kind == "restart");
  CHECK(watcher.crash()->title == "unexpected kernel reboot");
  CHECK(watcher.crash()->first_line == 3);
}

TEST_CASE("text that mentions a panic is no crash", "[console]") {
  ConsoleWatcher watcher = watch(
      "Linux version 6.12\n"
      "Kernel command line: panic=1 Kernel panic - not syncing: no\n"
      "test: Kernel panic - not syncing: is what it would say\n"
      "echo BUG: unable to handle page fault\n"
      "traps: prog[12] general protection fault ip:55 sp:77 error:0 in prog[55+1]\n"
      "general protection fault is a chapter of the manual\n");
  watcher.finish();
  CHECK_FALSE(watcher.crash());
  CHECK(watcher.recorded().empty());
}

TEST_CASE("where the kernel writes time stamps, a line without one is not the kernel's", "[console]") {
  const std::string stamped = "[    0.000000] Linux version 6.12\n";
  CHECK_FALSE(watch(stamped + "BUG: unable to handle page fault\n").crash());
  CHECK(watch(stamped + "[    1.000000] BUG: unable to handle page fault\n").crash());
  const ConsoleWatcher within =
      watch(stamped + "a program's [    1.000000][    C1] BUG: unable to handle page fault\n");
  REQUIRE(within.crash());
  CHECK(within.crash()->excerpt == "BUG: unable to handle page fault\n");
}

TEST_CASE("a panic by panic_on_warn is the warning's", "[console]") {
  const ConsoleWatcher watcher = watch(
      "------------[ cut here ]------------\n"
      "WARNING: CPU: 0 PID: 1 at kernel/foo.c:12 foo+0x1/0x2\n"
      "Kernel panic - not syncing: kernel: panic_on_warn set ...\n");
  REQUIRE(watcher.crash());
  CHECK(watcher.crash()->title == "WARNING in foo");
  CHECK(watcher.crash()->first_line == 1);
  CHECK(watcher.recorded().empty());
}

TEST_CASE("memory stays bounded under a flood", "[console]") {
  ConsoleWatcher watcher;
  const std::string endless(1 << 20, 'x');
  watcher.feed(endless, kStart);
  std::string warnings;
  for (int i = 0; i < 5000; ++i)
    warnings += "WARNING: CPU: 0 PID: 1 at kernel/foo.c:12 foo+0x1/0x2\n" + std::string(300, 'y') + "\n";
  watcher.feed("\n" + warnings, kStart);
  CHECK(watcher.recorded().size() == 100);
  watcher.feed(std::string(kOops) + warnings, kStart);
  REQUIRE(watcher.crash());
  CHECK(watcher.crash()->excerpt.size() <= 32 * 1024);
  CHECK(watcher.lines() == 20011);
}

TEST_CASE("every row of the table finds itself", "[console]") {
  for (const OopsPattern& pattern : oops_table()) {
    std::string line = std::string(pattern.text) + "x" + std::string(pattern.also) + " y";
    std::replace(line.begin(), line.end(), '*', 'z');
    const OopsPattern* found = find_oops(line);
    INFO(line);
    REQUIRE(found);
    CHECK(found->kind == pattern.kind);
    CHECK(found->title == pattern.title);
    CHECK(found->fatal == pattern.fatal);
  }
}
