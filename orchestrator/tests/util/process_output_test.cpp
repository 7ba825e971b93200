// SPDX-License-Identifier: GPL-3.0-or-later
#include "util/process_output.hpp"

#include <catch2/catch.hpp>

#include "util/file.hpp"

using namespace klab;

TEST_CASE("process output: a file takes bytes up to its limit, and tells once") {
  auto directory = TemporaryDirectory::create("/tmp", "klab-test-");
  REQUIRE(directory.has_value());
  const auto path = directory->path() / "log";
  REQUIRE(write_file_atomic(path, "12345").has_value());
  int told = 0;
  auto file = OutputFile::open(path, 10, [&told] { ++told; });
  REQUIRE(file.has_value());
  file->append("abc");
  file->append("de");
  CHECK(told == 0);
  file->append("f");
  file->append("g");
  CHECK(told == 1);
  CHECK(read_file(path).value() == "12345abcde");
  // The one that is full from the start.
  auto again = OutputFile::open(path, 10, [&told] { ++told; });
  REQUIRE(again.has_value());
  again->append("h");
  CHECK(told == 2);
  CHECK(read_file(path).value() == "12345abcde");
}

TEST_CASE("process output: a file that cannot be opened is a message") {
  auto file = OutputFile::open("/nonexistent/log", 10, {});
  REQUIRE(file.has_error());
  CHECK(file.error().message == "cannot write \"/nonexistent/log\": No such file or directory");
}

TEST_CASE("process output: the line that a program begins with is taken out, in whatever pieces it comes") {
  BeginLine line("begin");
  CHECK(line.pass("launcher\nbeg") == "");
  CHECK_FALSE(line.found());
  CHECK(line.pass("in\nmore\nbegin\n") == "launcher\nmore\nbegin\n");
  CHECK(line.found());
  CHECK(line.pass("begin\n") == "begin\n");
  CHECK(line.rest() == "");
}

TEST_CASE("process output: what only looks like the line stays, and means nothing") {
  BeginLine line("begin");
  CHECK(line.pass("no begin\n") == "");
  CHECK(line.pass("beginning\nbegin") == "");
  CHECK(line.rest() == "no begin\nbeginning\nbegin");
  CHECK_FALSE(line.found());
  CHECK(line.rest() == "");
}

TEST_CASE("process output: without such a line nothing is held back") {
  BeginLine none("");
  CHECK(none.pass("\nout") == "\nout");
  CHECK(none.rest() == "");
  CHECK_FALSE(none.found());
}
