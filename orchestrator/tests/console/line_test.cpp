// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/line.hpp"

#include <catch2/catch.hpp>

#include "console/backtrace.hpp"

using namespace klab;

TEST_CASE("colours and control characters vanish", "[console]") {
  CHECK(plain_text("\x1b[1;31mred\x1b[0m\r") == "red");
  CHECK(plain_text("a\tb\x01\x7f") == "a b");
  CHECK(plain_text("\x1b]0;title\atext") == "text");
  CHECK(plain_text("\x1b]0;title\x1b\\text") == "text");
  CHECK(plain_text("cut \x1b[1") == "cut ");
  CHECK(plain_text("cut \x1b") == "cut ");
}

TEST_CASE("what printk and syslog put before a message is taken off", "[console]") {
  const auto [raw, caller, text] = GENERATE(table<std::string, std::string, std::string>({
      {"[    1.234567] hello", "", "hello"},
      {"<6>[12345.234567] hello", "", "hello"},
      {"[    1.234567][  T312] hello", "T312", "hello"},
      {"[    1.234567] [    C1]  indented", "C1", " indented"},
      {"[   T12] hello", "T12", "hello"},
      {"<4>hello", "", "hello"},
      {"Jun  4 15:47:36 host kernel: [    1.234567] hello", "", "hello"},
      {"Jun  4 15:47:36 host kernel: hello", "", "hello"},
  }));
  const std::vector<ConsoleLine> parts = read_line(raw);
  REQUIRE(parts.size() == 1);
  CHECK(parts[0].caller == caller);
  CHECK(parts[0].text == text);
  CHECK(parts[0].has_prefix);
}

TEST_CASE("other brackets are text", "[console]") {
  for (const std::string raw : {"[drm] hello", "[ BUG: Invalid wait context ]", "[1.5] hello", "<b> hello",
                                "[   12.345] hello", "plain kernel: hello"}) {
    const std::vector<ConsoleLine> parts = read_line(raw);
    REQUIRE(parts.size() == 1);
    CHECK(parts[0].text == raw);
    CHECK_FALSE(parts[0].has_prefix);
  }
}

TEST_CASE("a kernel message in the middle of another line is a part of its own", "[console]") {
  const std::vector<ConsoleLine> parts = read_line("progress 50%<4>[    1.234567][   C0] BUG: x");
  REQUIRE(parts.size() == 2);
  CHECK(parts[0].text == "progress 50%");
  CHECK_FALSE(parts[0].has_prefix);
  CHECK(parts[1].text == "BUG: x");
  CHECK(parts[1].caller == "C0");
}

TEST_CASE("a kernel message that quotes a time stamp stays whole", "[console]") {
  const std::vector<ConsoleLine> parts = read_line("[    1.000000] replay: [    0.500000] BUG: x");
  REQUIRE(parts.size() == 1);
  CHECK(parts[0].text == "replay: [    0.500000] BUG: x");
}

TEST_CASE("symbols are found and cleaned", "[console]") {
  CHECK(symbol_in(" foo+0x12/0x34") == "foo");
  CHECK(symbol_in("RIP: 0010:foo.isra.0+0x12/0x34 [mod]") == "foo");
  CHECK(symbol_in("RIP: 0010:0x0") == "");
  CHECK(symbol_in("base+0x10 and foo.cold+0x1/0x2") == "foo");
  CHECK(symbol_in("0x12+0x1/0x2") == "");
}

TEST_CASE("the guilty function is the first that is not generic", "[console]") {
  GuiltyFunction guilty;
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
