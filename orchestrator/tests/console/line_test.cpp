// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/line.hpp"

#include <catch2/catch.hpp>

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
      {"[   37.991733]  [4:SdpManagerServi: 3874] hello", "T3874", "hello"},
      {"[   37.991733]  [2:    kworker/2:1: 1608] hello", "T1608", "hello"},
      {"[   37.991733] [2:x] hello", "", "[2:x] hello"},
      {"<4>hello", "", "hello"},
      {"Jun  4 15:47:36 host kernel: [    1.234567] hello", "", "hello"},
      {"Jun  4 15:47:36 host kernel: hello", "", "hello"},
      {"[Thu Jun  4 15:47:36 2026] hello", "", "hello"},
      {"4,1234,5678901,-;hello", "", "hello"},
      {"6,1234,5678901,-,caller=T12;  hello", "T12", "  hello"},
      {"4,7,1000000,c,ncfrag=0/33,caller=C1;hello", "C1", "hello"},
  }));
  const std::vector<ConsoleLine> parts = read_line(raw);
  REQUIRE(parts.size() == 1);
  CHECK(parts[0].caller == caller);
  CHECK(parts[0].text == text);
  CHECK(parts[0].has_prefix);
}

TEST_CASE("other brackets are text", "[console]") {
  for (const std::string raw : {"[drm] hello", "[ BUG: Invalid wait context ]", "[1.5] hello", "<b> hello",
                                "[   12.345] hello", "plain kernel: hello", "4,5,6;hello", "4,5,6,x;hello", "4,5,,-;hello", ",1,2,-;x"}) {
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

TEST_CASE("the second of a time stamp is read", "[console]") {
  CHECK(read_line("[   12.345678] x")[0].seconds == 12);
  CHECK(read_line("<4>[901320.960000][    C1] x")[0].seconds == 901320);
  CHECK(read_line("2026/06/04 15:47:36 x")[0].seconds == -1);
  CHECK(read_line("2026/06/04 15:47:36 x")[0].text == "x");
}
