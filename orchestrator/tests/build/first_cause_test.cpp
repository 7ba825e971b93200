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
