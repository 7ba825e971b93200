// SPDX-License-Identifier: GPL-3.0-or-later
#include "util/text.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <set>

#include "util/file.hpp"
#include "util/hash.hpp"
#include "util/random.hpp"

using namespace klab;

TEST_CASE("text: lines, parts and tails") {
  CHECK(split_lines("a\r\nb\n") == std::vector<std::string>{"a", "b"});
  CHECK(split("a,,b", ',') == std::vector<std::string>{"a", "", "b"});
  CHECK(trim("  x y\t\n") == "x y");
  CHECK(tail("1\n2\n3\n", 2) == "2\n3");
  CHECK(tail("1\n2\n", 9) == "1\n2");
  CHECK(tail("", 3).empty());
  CHECK(with_thousands(2569880) == "2,569,880");
  CHECK(with_thousands(-999) == "-999");
  CHECK(with_thousands(-1000) == "-1,000");
  CHECK(human_duration(std::chrono::seconds(185)) == "3 m 05 s");
}

TEST_CASE("text: what a terminal or a page gets is inert") {
  CHECK(printable("a\x1b[31mb\nc") == "a\xEF\xBF\xBD[31mb c");
  CHECK(printable("\xC3\xA9\xFF") == "\xC3\xA9\xEF\xBF\xBD");
  CHECK(printable("\xE2\x80\xAE" "evil") == "\xEF\xBF\xBD" "evil");  // right-to-left override
  CHECK(printable("\xC2\x9B" "31m") == "\xEF\xBF\xBD" "31m");        // C1 control sequence introducer
  CHECK(printable_lines("a\tb\r\nc\x07") == "a\tb\nc\xEF\xBF\xBD");
  CHECK(escape_html("<a href=\"x\">'&") == "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
  CHECK(shell_quote("a b'c") == "'a b'\\''c'");
  CHECK(shell_quote("-O2=x") == "-O2=x");
  CHECK(shell_quote("") == "''");
}

TEST_CASE("hash: the published vector, and fields that cannot run into each other") {
  CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(FieldHash().add("a", "bc").hex() != FieldHash().add("ab", "c").hex());
  CHECK(FieldHash().add("a", "b").add("c", "d").hex() != FieldHash().add("a", "b1:c1:d").hex());
}

TEST_CASE("random: repeatable everywhere and within bounds") {
  Random random(42);
  // std::mt19937_64 is fixed by the standard; these are its first outputs for seed 42.
  CHECK(random.next() == 13930160852258120406ull);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 200; ++i) seen.insert(random.below(7));
  CHECK(seen == std::set<std::uint64_t>{0, 1, 2, 3, 4, 5, 6});
  CHECK(entropy_seed() < (1ull << 53));
}

TEST_CASE("file: written whole or not at all") {
  auto directory = TemporaryDirectory::create("/tmp", "klab-test-");
  REQUIRE(directory.has_value());
  const auto path = directory->path() / "file";
  REQUIRE(write_file_atomic(path, "one").has_value());
  REQUIRE(write_file_atomic(path, "two").has_value());
  CHECK(read_file(path).value() == "two");
  CHECK(std::distance(std::filesystem::directory_iterator(directory->path()), {}) == 1);
  const auto missing = read_file(directory->path() / "none");
  REQUIRE(missing.has_error());
  CHECK(missing.error().message ==
        "cannot read \"" + (directory->path() / "none").string() + "\": No such file or directory");
  CHECK(write_file_atomic(directory->path() / "no" / "file", "x").has_error());
}

TEST_CASE("file: what others put beneath a directory does not lead out of it") {
  auto scratch = TemporaryDirectory::create(std::filesystem::temp_directory_path(), "klab-file-").value();
  const auto root = scratch.path() / "root";
  make_directories(root / "sub").value();
  write_file_atomic(root / "log", "0123456789").value();
  write_file_atomic(scratch.path() / "secret", "s").value();
  std::filesystem::create_symlink("../secret", root / "link");
  std::filesystem::create_symlink("sub", root / "way");
  write_file_atomic(root / "sub" / "log", "in").value();
  REQUIRE(::mkfifo((root / "fifo").c_str(), 0600) == 0);
  CHECK(read_file_beneath(root, "log", 100).value() == "0123456789");
  CHECK(read_file_beneath(root, "log", 4).value() == "6789");
  CHECK(read_file_beneath(root, "sub/log", 100).value() == "in");
  const auto refusal = [&](const char* name) {
    const auto read = read_file_beneath(root, name, 100);
    REQUIRE(read.has_error());
    return read.error().message;
  };
  const auto message = [&](const char* name, const char* cause) {
    return fmt::format("cannot read \"{}\": {}", (root / name).string(), cause);
  };
  CHECK(refusal("link") == message("link", "Too many levels of symbolic links"));
  CHECK(refusal("way/log") == message("way/log", "Too many levels of symbolic links"));
  CHECK(refusal("../secret") == message("../secret", "Invalid cross-device link"));
  CHECK(refusal("fifo") == message("fifo", "not a regular file"));
  CHECK(refusal("sub") == message("sub", "not a regular file"));
  CHECK(refusal("none") == message("none", "No such file or directory"));
}

TEST_CASE("text: what hides in a line is shown as what it is") {
  const char* hidden[] = {"\u200B", "\u200C", "\u200D", "\u2060", "\uFEFF", "\u00AD", "\u180E", "\u202E", "\u2066", "\u061C",
                          "\u2028", "\uFFF9", "\U000E0041", "\u0085", "\u009B", "\x7f", "\x1b", "\a", "\v"};
  for (const char* text : hidden) {
    CHECK(printable(std::string("a") + text + "b") == "a\uFFFDb");
    CHECK(printable_lines(std::string("a") + text + "b") == "a\uFFFDb");
  }
  // Each byte of what is no UTF-8: overlong, a surrogate, beyond the last character, cut off.
  CHECK(printable("\xC0\xAF") == "\uFFFD\uFFFD");
  CHECK(printable("\xED\xA0\x80") == "\uFFFD\uFFFD\uFFFD");
  CHECK(printable("\xF4\x90\x80\x80") == "\uFFFD\uFFFD\uFFFD\uFFFD");
  CHECK(printable("\xE6\xBC") == "\uFFFD\uFFFD");
  CHECK(printable("\xEF\xBF\xBF") == "\uFFFD");
  // And what people write stays.
  CHECK(printable("Jörg – 漢字 😀 e\u0301") == "Jörg – 漢字 😀 e\u0301");
}

TEST_CASE("text: local times come back as they went, and what no calendar has does not") {
  const double minute = 1780588020;
  CHECK(parse_local_time(local_time(minute)) == minute);
  CHECK(local_time(minute).size() == 16);
  CHECK(local_time(-1.0) == "-1");
  CHECK(local_time(1e300) == "1e+300");
  for (const char* odd : {"2026-02-30 10:00", "2026-11-21", "2026-11-21 18:00 ", "18:00", ""}) CHECK_FALSE(parse_local_time(odd));
}
