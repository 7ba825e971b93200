// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/layout.hpp"

#include <catch2/catch.hpp>

namespace klab::report {
namespace {

TEST_CASE("columns count code points, wide ones twice") {
  CHECK(columns("") == 0);
  CHECK(columns("cache_shard") == 11);
  CHECK(columns("Müller") == 6);
  CHECK(columns("漢字") == 4);
  CHECK(columns("😀") == 2);
  CHECK(columns("\xEF\xBF\xBD") == 1);
}

TEST_CASE("cut keeps whole code points and says that it cut") {
  CHECK(cut("cache_shard", 11) == "cache_shard");
  CHECK(cut("cache_shard", 8) == "cache_s~");
  CHECK(cut("漢字漢", 4) == "漢~");
  CHECK(cut("abc", 1) == "~");
  CHECK(cut("abc", 0) == "");
  CHECK(cut("✅✅✅", 4) == "✅~");
}

TEST_CASE("wrap breaks at spaces and, where it must, in words") {
  CHECK(wrap("", 10) == "");
  CHECK(wrap("   ", 10) == "");
  CHECK(wrap("one two three", 8) == "one two\nthree\n");
  CHECK(wrap("one two three", 8, 2) == "one two\n  three\n");
  CHECK(wrap("one two three", 9, 4, 2) == "  one two\n    three\n");
  CHECK(wrap("abcdefghijkl", 5, 1) == "abcde\n fghi\n jkl\n");
  CHECK(wrap("ab 漢字漢", 5) == "ab\n漢字\n漢\n");
  CHECK(wrap("⚡ ⚡ ⚡", 5) == "⚡ ⚡\n⚡\n");
}

TEST_CASE("a table spends spare columns on its gaps, then cuts names, and never cuts a number") {
  const std::vector<TableColumn> heads{{"case", false, 4}, {"base\nline"}, {"verdict", false}};
  const std::vector<std::vector<std::string>> rows{{"cache_shard", "572,055", "improved"}, {"cpu", "1", ""}};
  CHECK(table(heads, rows, 40) ==
        "case            base  verdict\n"
        "                line\n"
        "-----------  -------  --------\n"
        "cache_shard  572,055  improved\n"
        "cpu                1\n");
  CHECK(table(heads, rows, 24) ==
        "case       base verdict\n"
        "           line\n"
        "------- ------- --------\n"
        "cache_~ 572,055 improved\n"
        "cpu           1\n");
  CHECK(table(heads, rows, 20) ==
        "cache_shard: base\n"
        "  line 572,055;\n"
        "  verdict improved\n"
        "cpu: base line 1;\n"
        "  verdict\n");
}

}  // namespace
}  // namespace klab::report
