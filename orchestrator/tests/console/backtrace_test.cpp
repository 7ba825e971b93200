// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/backtrace.hpp"

#include <catch2/catch.hpp>

#include "console/functions.hpp"
#include "console/title.hpp"

using namespace klab;

namespace {

GuiltyFunction search(const char* first_line) {
  const OopsPattern* pattern = find_oops(first_line);
  REQUIRE(pattern);
  return GuiltyFunction(*pattern);
}

}  // namespace

TEST_CASE("symbols are found and cleaned", "[console]") {
  CHECK(symbol_in(" foo+0x12/0x34") == "foo");
  CHECK(symbol_in("RIP: 0010:foo.isra.0+0x12/0x34 [mod]") == "foo");
  CHECK(symbol_in("RIP: 0010:0x0") == "");
  CHECK(symbol_in("base+0x10 and foo.cold+0x1/0x2") == "foo");
  CHECK(symbol_in("0x12+0x1/0x2") == "");
}

TEST_CASE("an entry of a back trace is read in every kernel's way", "[console]") {
  const auto [line, function, caller, is_guess] =
      GENERATE(table<std::string, std::string, std::string, bool>({
          {" foo+0x12/0x34", "foo", "", false},
          {" foo.part.0+0x12/0x34 [mod]", "foo", "", false},
          {" foo+0x12/0x34 fs/foo.c:12", "foo", "", false},
          {" ? foo+0x12/0x34", "foo", "", true},
          {" [<ffffffff81234567>] foo+0x12/0x34", "foo", "", false},
          {" [<ffffffff81234567>] ? foo+0x12/0x34", "foo", "", true},
          {" <IRQ>  [<ffffffff81234567>] foo+0x12/0x34", "foo", "", false},
          {"[c00000003ae5b800] [c00000000135c19c] foo+0x12/0x34 (unreliable)", "foo", "", true},
          {"[<802b3ffc>] (foo) from [<802e1324>] (bar+0x6c/0x120)", "foo", "bar", false},
          {" foo from bar+0x6c/0x120", "foo", "bar", false},
          {" foo fs/foo.c:12 [inline]", "", "", false},
          {"ffff8880a1b2c340 (lock_a){+.+.}-{3:3}, at: foo+0x12/0x34", "", "", false},
          {"Modules linked in: foo", "", "", false},
          {"", "", "", false},
      }));
  INFO(line);
  const TraceEntry frame = read_frame(line);
  CHECK(frame.function == function);
  CHECK(frame.caller == caller);
  CHECK(frame.is_guess == is_guess);
}

TEST_CASE("the guilty function is the first that is not generic", "[console]") {
  GuiltyFunction guilty = search("Oops: general protection fault: 0000 [#1] SMP");
  guilty.feed("RIP: 0033:0x7f0011");
  guilty.feed("RIP: 0010:_raw_spin_lock_irqsave+0x1/0x2");
  CHECK_FALSE(guilty.known());
  CHECK(guilty.function() == "_raw_spin_lock_irqsave");
  guilty.feed("Call Trace:");
  guilty.feed(" <IRQ>");
  guilty.feed(" dump_stack_lvl+0x1/0x2");
  guilty.feed(" ? stale+0x1/0x2");
  CHECK(guilty.function() == "stale");
  guilty.feed(" </IRQ>");
  guilty.feed(" <TASK>");
  guilty.feed(" culprit.part.0+0x1/0x2 [mod]");
  guilty.feed(" caller+0x1/0x2");
  CHECK(guilty.known());
  CHECK(guilty.function() == "culprit");
}

TEST_CASE("a stall is named by the function that a dispatcher called", "[console]") {
  GuiltyFunction guilty = search("watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [worker:9]");
  guilty.feed("RIP: 0010:innermost+0x1/0x2");
  guilty.feed("Call Trace:");
  guilty.feed(" middle+0x1/0x2");
  guilty.feed(" work_function+0x1/0x2");
  guilty.feed(" process_one_work+0x1/0x2");
  guilty.feed(" worker_thread+0x1/0x2");
  CHECK(guilty.function() == "work_function");
}

TEST_CASE("lists of functions: a star stands for any characters", "[console]") {
  CHECK(fits_any("foo", "foo"));
  CHECK_FALSE(fits_any("foobar", "foo"));
  CHECK(fits_any("foobar", "x foo*"));
  CHECK(fits_any("barfoo", "*foo"));
  CHECK_FALSE(fits_any("barfoox", "*foo"));
  CHECK(fits_any("a_foo_b", "*foo*"));
  CHECK(fits_any("copy_page_to_iter", "*copy_page_*_iter*"));
  CHECK_FALSE(fits_any("copy_page_iter", "*copy_page_*_iter*"));
  CHECK(fits_any("check_irq", "check*irq"));
  CHECK_FALSE(fits_any("foo", ""));
}

TEST_CASE("system calls are named as the field names them", "[console]") {
  CHECK(title_name("__x64_sys_ioctl") == "sys_ioctl");
  CHECK(title_name("__arm64_sys_ioctl") == "sys_ioctl");
  CHECK(title_name("__se_sys_mount") == "sys_mount");
  CHECK(title_name("__do_sys_init_module") == "init_module");
  CHECK(title_name("SyS_sendto") == "sendto");
  CHECK(title_name("ksys_write") == "write");
  CHECK(title_name("sys_") == "sys_");
  CHECK(title_name("foo") == "foo");
}

TEST_CASE("what differs from boot to boot leaves the title", "[console]") {
  CHECK(without_particulars("at foo+0x12/0x34 [mod]") == "at foo [mod]");
  CHECK(without_particulars("page ffffea0001234567 is bad") == "page ADDR is bad");
  CHECK(without_particulars("0x1234567, 7") == "ADDR, 7");
  CHECK(without_particulars("took 123456 us at fs/foo.c:12:5") == "took NUM us at fs/foo.c:LINE");
  CHECK(without_particulars("bad magic on CPU#3, x") == "bad magic on CPU, x");
  CHECK(without_particulars("  on unknown-block(0,0) ") == "on unknown-block(0,0)");
}
