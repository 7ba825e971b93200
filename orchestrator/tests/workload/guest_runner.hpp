// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "tests/workload/support.hpp"
#include "util/process.hpp"

namespace klab::testing {

// The runner, compiled once for this host, with sanitizers: what it reads comes from outside.
inline const std::filesystem::path& guest_runner() {
  static const TemporaryDirectory folder = scratch();
  static const std::filesystem::path program = [] {
    const std::filesystem::path out = folder.path() / "klab-runner";
    ProcessSpec spec;
    spec.argv = {"gcc",     "-std=gnu11", "-D_GNU_SOURCE", "-O1", "-Wall", "-Wextra",
                 "-Werror", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-o", out.string()};
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(KLAB_SOURCE_ROOT) / "images/runner"))
      if (entry.path().extension() == ".c") spec.argv.push_back(entry.path().string());
    const auto compiled = run_process_blocking(spec).value();
    INFO(compiled.err);
    REQUIRE(compiled.ok());
    return out;
  }();
  return program;
}

}  // namespace klab::testing
