// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/first_cause.hpp"

#include "tests/build/support.hpp"
#include "util/text.hpp"

using namespace klab;
using namespace klab::test;
namespace fs = std::filesystem;

// Every fixture carries its expectation: "# expect what|file|line|kernel or lab|message" or "# expect none".
TEST_CASE("first causes of the fixture logs") {
  int seen = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(KLAB_TEST_DATA) / "build")) {
    if (entry.path().extension() != ".log") continue;
    ++seen;
    INFO(entry.path().filename().string());
    const std::string log = *read_file(entry.path());
    const std::string expected = split_lines(log).front().substr(std::string("# expect ").size());
    const auto found = first_cause(std::string_view(log).substr(log.find('\n') + 1));
    if (expected == "none") {
      CHECK_FALSE(found);
      continue;
    }
    REQUIRE(found);
    CHECK(fmt::format("{}|{}|{}|{}|{}", found->what, found->file, found->line, found->lab ? "lab" : "kernel",
                      found->message) == expected);
  }
  CHECK(seen == 60);
}

TEST_CASE("a cause is one printable line with its place") {
  CHECK(FirstCause{"compiler", "a/b.c", 12, "error: no\033[31m", 1, false}.text() ==
        "a/b.c:12: error: no\uFFFD[31m");
  CHECK(FirstCause{"linker", "a.o", 0, "undefined", 1, false}.text() == "a.o: undefined");
  CHECK(FirstCause{"tool", "", 0, "bc: not found", 1, true}.text() == "bc: not found");
}

TEST_CASE("the log line is counted from 1") {
  CHECK(first_cause("a\nb\nx.c:1:2: error: no\n")->log_line == 3);
  CHECK_FALSE(first_cause(""));
}

TEST_CASE("a hostile log costs little: very long lines, very many of them") {
  std::string log;
  for (int i = 0; i < 20000; ++i) log += "error: Kconfig undefined reference ld: *** [\n";
  log += std::string(1 << 22, 'e') + " error: \n";
  log += "x.c:1:2: error: no\n";
  auto found = first_cause(log);
  REQUIRE(found);
  CHECK(found->file == "x.c");
}

namespace {

std::string repeated(const std::string& part, std::size_t length) {
  std::string text;
  while (text.size() < length) text += part;
  return text;
}

}  // namespace

// Each line is made for one row. Backtracking took a second for either of the first two: hours for these logs.
TEST_CASE("a hostile log costs little: lines on which backtracking would not end") {
  const std::string lines[] = {
      repeated(".o(:):", 1900) + " undefined reference to `x",
      repeated(".o(:):", 1900) + " multiple definition",
      repeated("a:(a:", 1900) + " undefined reference to `x",
      repeated("x", 1900) + " No space left on device",
      repeated("fork", 1900) + ": Resource temporarily unavailable!",
      "env: a" + repeated(".", 1900) + ": No such file",
      "BTF: " + repeated("pahole", 1900),
      "signing_key " + repeated("error ", 1900),
      repeated("KconfigKconfig", 1900) + ":1: warning",
      "make: *** [" + repeated("] Error 1", 1900) + "x",
  };
  std::string log;
  while (log.size() < 20u << 20)
    for (const std::string& line : lines) log += line + "\n";
  CHECK_FALSE(first_cause(repeated(lines[0] + "\n", 20u << 20)));
  // What is behind so many is found in the last megabyte, what is before them anyway.
  const auto last = first_cause(log + "x.c:1:2: error: no\n" + repeated("make: leaving\n", 1u << 19));
  REQUIRE(last);
  CHECK(last->text() == "x.c:1:2: error: no");
  const auto first = first_cause("y.c:1:2: error: no\n" + log);
  REQUIRE(first);
  CHECK(first->text() == "y.c:1:2: error: no");
}

TEST_CASE("a hostile log costs little: nothing but line feeds") {
  const auto found = first_cause(std::string(64u << 20, '\n') + "x.c:1:2: error: no\n");
  REQUIRE(found);
  CHECK(found->log_line == (64u << 20) + 1);
}
