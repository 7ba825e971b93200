// SPDX-License-Identifier: GPL-3.0-or-later
// workloads/rt-drain: its definition, its run script under the guest's shell, and what its program computes.
#include "tests/workload/support.hpp"
#include "util/process.hpp"

namespace fs = std::filesystem;
using namespace klab;
using namespace klab::testing;

namespace {

const fs::path workload = fs::path(KLAB_SOURCE_ROOT) / "workloads/rt-drain";

ProcessResult run(const fs::path& folder, std::string_view case_name, bool warmup) {
  put(folder / "insmod", "#!/bin/busybox sh\necho \"loaded $1\"\n", true);
  put(folder / "program", "#!/bin/busybox sh\necho \"$@\"\n", true);
  ProcessSpec spec;
  spec.argv = {"/bin/busybox", "sh", (workload / "run").string()};
  spec.working_directory = folder;
  spec.environment = {"PATH=/bin",
                      "INSMOD=" + (folder / "insmod").string(),
                      "PROGRAM=" + (folder / "program").string(),
                      "SYS=" + (folder / "sys").string(),
                      fmt::format("KLAB_CASE={}", case_name),
                      fmt::format("KLAB_WARMUP={}", warmup ? 1 : 0),
                      "KLAB_PARAM_rounds_short=20",
                      "KLAB_PARAM_rounds_long=4"};
  return run_process_blocking(spec).value();
}

}  // namespace

TEST_CASE("the rt-drain workload is read whole") {
  const auto loaded = load_workload(workload);
  REQUIRE(loaded.has_value());
  CHECK(loaded->cases == std::vector<std::string>{"spacing=100ms", "spacing=3s", "no-flush"});
  CHECK(loaded->metrics[0].name == "interruptions");
  CHECK(loaded->metrics[0].primary);
  CHECK(loaded->command_line == "isolcpus=nohz,domain,managed_irq,1 nohz_full=1 rcu_nocbs=1");
  CHECK(loaded->kconfigs == std::vector<std::string>{"nohz-full", "tracing"});
  CHECK(loaded->program == "program");
}

TEST_CASE("rt-drain: cases become spacings, and a warm-up is one round") {
  const auto folder = scratch();
  CHECK(run(folder.path(), "spacing=100ms", false).out == "loaded klab_rt_drain.ko\n100 20 flush\n");
  fs::create_directories(folder.path() / "sys/module/klab_rt_drain");
  CHECK(run(folder.path(), "spacing=3s", false).out == "3000 4 flush\n");
  CHECK(run(folder.path(), "spacing=3s", true).out == "3000 1 flush\n");
  CHECK(run(folder.path(), "no-flush", false).out == "100 20 no-flush\n");
  const auto wrong = run(folder.path(), "spacing", false);
  CHECK(wrong.exit_code == 1);
  CHECK(wrong.err == "the case spacing is neither spacing=<time> nor no-flush\n");
}

TEST_CASE("rt-drain: switches, gaps, interrupts and lists of CPUs are computed as by hand") {
  const auto folder = scratch();
  ProcessSpec compile;
  compile.argv = {"gcc", "-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror",
                  "-I" + (workload / "program").string(), "-o", (folder.path() / "computed").string(),
                  data("rt_drain.c").string()};
  for (const char* part : {"gaps", "interrupts", "isolation", "report", "switches", "system"})
    compile.argv.push_back((workload / "program" / part).string() + ".c");
  const auto compiled = run_process_blocking(compile).value();
  REQUIRE(compiled.err == "");
  REQUIRE(compiled.ok());
  ProcessSpec spec;
  spec.argv = {(folder.path() / "computed").string()};
  CHECK(run_process_blocking(spec).value().out ==
        "drain 3, buffer heads 1, other 2 (a b [x] 1, vmstat_update 1)\n"
        "drain 0, buffer heads 0, other 0\n"
        "wrong cells 0, last 4294967295\n"
        "p50 20 p99.9 20 p100 5000000\n"
        "2^4:9990 2^9:9 2^22:1\n"
        "2^8:9990 2^13:9 2^26:1\n"
        "24 1, LOC 12, RES 2, CAL 1; ipis 3\n"
        "of a CPU that is not there: 0\n"
        "steal 42\n"
        "median 4.0 3.0\n"
        "per drain 1.00 0.00 0.00\n"
        "lists 110001\n"
        "1 1-3\n");
}
