// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/guest_program.hpp"

#include <catch2/catch.hpp>

#include "tests/build/support.hpp"

using namespace klab;
using namespace klab::test;
namespace fs = std::filesystem;

namespace {

struct Scene {
  TemporaryDirectory directory = scratch();
  WorkloadDefinition workload;
  Scene() {
    workload.name = "two-words";
    workload.path = directory.path() / "two-words";
    workload.program = "program";
    write(workload.path / "program/main.c", "#include \"say.h\"\nint main(void) { return say(); }\n");
    write(workload.path / "program/say.c", "#include \"say.h\"\nint say(void) { return 7; }\n");
    write(workload.path / "program/say.h", "int say(void);\n");
  }
  Result<fs::path> get() { return finish(guest_program(workload, directory.path() / "cache", Architecture::x86_64, {})); }
};

int exit_status(const fs::path& program) {
  fs::permissions(program, fs::perms(0755));
  ProcessSpec spec;
  spec.argv = {program.string()};
  return run_process_blocking(spec).value().exit_code;
}

}  // namespace

TEST_CASE("guest program: all C files make one, and again when one of them changes") {
  Scene s;
  const auto program = s.get();
  REQUIRE(program);
  CHECK(exit_status(*program) == 7);
  CHECK(s.get().value() == *program);
  write(s.workload.path / "program/say.h", "int say(void); // now\n");
  CHECK(s.get().value() != *program);
}

TEST_CASE("guest program: one that does not compile is a message with the compiler's words") {
  Scene s;
  write(s.workload.path / "program/say.c", "int say(void) { return nothing; }\n");
  const auto program = s.get();
  REQUIRE(program.has_error());
  CHECK(program.error().kind == ErrorKind::lab);
  CHECK(program.error().message == "cannot make the program of workload \"two-words\" with \"gcc\": exit status 1");
  CHECK(program.error().tail.find("undeclared") != std::string::npos);
}
