// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/measure.hpp"

#include <catch2/catch.hpp>

using namespace klab;

TEST_CASE("command line: console first, the arm's own words last") {
  MachineSpec machine;
  CHECK(kernel_command_line(machine, "") == "console=ttyS0 oops=panic panic=0");
  machine.kernel_console = "ttyS1,115200n8";
  CHECK(kernel_command_line(machine, "") == "console=ttyS1,115200n8 oops=panic panic=0");
  machine.kernel_console.clear();
  machine.architecture = Architecture::arm64;
  CHECK(kernel_command_line(machine, "nohz_full=1") == "console=ttyAMA0 oops=panic panic=0 nohz_full=1");
}

TEST_CASE("reproduce: a script that says what is missing and quotes what a shell would take apart") {
  BootSpec boot{"klab-1-2-1", "/cache/it's/bzImage", "/state/boots/1-1.cpio", "console=ttyS0 a=\"$(id)\""};
  const auto script = reproduce_script(MachineSpec{}, boot, Acceleration::tcg, "experiment 1\nrm -rf /");
  CHECK(script.starts_with("#!/bin/sh\n# experiment 1 rm -rf /\n"));
  CHECK(script.find("[ -r '/cache/it'\\''s/bzImage' ] || { echo") != std::string::npos);
  CHECK(script.find("'console=ttyS0 a=\"$(id)\"'") != std::string::npos);
  CHECK(script.find("\"$RESULTS\"") != std::string::npos);
  CHECK(script.find("@RESULTS@") == std::string::npos);
}
