// SPDX-License-Identifier: GPL-3.0-or-later
// workloads/workqueue/run under the guest's shell, with a stand-in for the kernel.
#include "tests/workload/support.hpp"
#include "util/process.hpp"

namespace fs = std::filesystem;
using namespace klab;
using namespace klab::testing;

namespace {

class Guest {
 public:
  Guest() : folder_(scratch()) {
    for (const char* program : {"insmod", "rmmod", "dmesg"}) stub(program, "exit 1");
  }
  fs::path path(std::string_view name) const { return folder_.path() / name; }
  void stub(const std::string& name, std::string_view body) {
    put(path("bin") / name, fmt::format("#!/bin/busybox sh\n{}\n", body), true);
  }
  // Parameters and the scope attribute as the loaded module shows them.
  void load_module(std::string_view scope) {
    put(path("sys/module/klab_workqueue/parameters/result"), "throughput 100\np50 1\np90 2\np95 3\np99 4\n");
    put(path("sys/devices/virtual/workqueue/klab_workqueue/affinity_scope"), scope);
  }
  fs::path scope() const { return path("sys/devices/virtual/workqueue/klab_workqueue/affinity_scope"); }
  std::string parameter(std::string_view name) const {
    return read_file(path("sys/module/klab_workqueue/parameters") / name).value();
  }
  ProcessResult run(std::string_view case_name, std::string_view source, int pass = 0,
                    int threads = 4) const {
    ProcessSpec spec;
    spec.argv = {"/bin/busybox", "sh", KLAB_SOURCE_ROOT "/workloads/workqueue/run"};
    spec.working_directory = path("");
    // By path: the shell prefers its own applets, and must never touch this host's modules.
    spec.environment = {"PATH=/bin",
                        "INSMOD=" + path("bin/insmod").string(),
                        "RMMOD=" + path("bin/rmmod").string(),
                        "DMESG=" + path("bin/dmesg").string(),
                        "SYS=" + path("sys").string(),
                        "KMSG=" + path("kmsg").string(),
                        "SAVED=" + folder_.path().string(),
                        fmt::format("KLAB_CASE={}", case_name),
                        fmt::format("KLAB_PASS={}", pass),
                        fmt::format("KLAB_PARAM_source={}", source),
                        "KLAB_PARAM_wq_items=500",
                        fmt::format("KLAB_PARAM_threads={}", threads)};
    return run_process_blocking(spec).value();
  }

 private:
  TemporaryDirectory folder_;
};

}  // namespace

TEST_CASE("own module: scope, items and threads are set, the result is passed on") {
  Guest guest;
  guest.load_module("default (cache)\n");
  const auto ran = guest.run("numa", "own");
  CHECK(ran.ok());
  CHECK(ran.err == "");
  CHECK(ran.out == "throughput 100\np50 1\np90 2\np95 3\np99 4\n");
  CHECK(read_file(guest.scope()).value() == "numa\n");
  CHECK(guest.parameter("wq_items") == "500\n");
  CHECK(guest.parameter("threads") == "4\n");
  CHECK(guest.parameter("measure") == "1\n");
}

TEST_CASE("own module: the scope that is in force already is not written again") {
  Guest guest;
  guest.load_module("default (cache)\n");
  CHECK(guest.run("cache", "own").ok());
  CHECK(read_file(guest.scope()).value() == "default (cache)\n");
}

TEST_CASE("own module: a scope that the kernel takes for another is unavailable") {
  Guest guest;
  guest.load_module("");
  fs::remove(guest.scope());
  // A file of the kernel's that shortens what is written to it: the shell's own name.
  fs::create_symlink("/proc/self/comm", guest.scope());
  const auto ran = guest.run("scope_of_long_name", "own");
  CHECK(ran.ok());
  CHECK(ran.out == "unavailable kernel ran scope_of_long_n when asked for scope_of_long_name\n");
}

TEST_CASE("own module: a scope that the kernel refuses is unavailable") {
  Guest guest;
  guest.load_module("");
  fs::remove(guest.scope());
  fs::create_symlink("/proc/version", guest.scope());
  const auto ran = guest.run("cache_shard", "own");
  CHECK(ran.ok());
  CHECK(ran.out == "unavailable kernel refuses the scope cache_shard\n");
}

TEST_CASE("own module: one that does not load is a failure") {
  Guest guest;
  guest.stub("insmod", "echo \"insmod: can't insert '$1': invalid module format\" >&2; exit 1");
  const auto ran = guest.run("cpu", "own");
  CHECK(ran.exit_code == 1);
  CHECK(ran.err ==
        "insmod: can't insert 'klab_workqueue.ko': invalid module format\ncannot load klab_workqueue.ko\n");
  CHECK(ran.out == "");
}

TEST_CASE("in-tree: the log lines after our own mark are read, one load serves every scope of a pass") {
  Guest guest;
  put(guest.path("test_workqueue.ko"), "elf");
  guest.stub("insmod", "echo \"$@\" >>loads; exit 1");
  guest.stub(
      "dmesg",
      "printf '%s\\n' '[    1.0] test_workqueue:   cache            111 items/sec\tp50=9 p90=9 p95=9 ns'\n"
      "cat kmsg\n"
      "printf '%s\\n' '[    2.0] test_workqueue:   cpu              500000 items/sec\tp50=4 p90=5 p95=6 ns' "
      "'[    2.1] test_workqueue:   cache            341913 items/sec\tp50=1 p90=2 p95=3 ns' "
      "'test_workqueue:   cache_shard      7 items/sec\tp50=7 p90=8 p95=9 ns' 'something else' "
      "'test_workqueue:   cache            5 items/sec\tp50=5 p90=5 p95=5 ns'");
  const auto cache = guest.run("cache", "in-tree", 2);
  CHECK(cache.err == "");
  CHECK(cache.out == "throughput 341913\np50 1\np90 2\np95 3\n");
  CHECK(guest.run("cpu", "in-tree", 2).out == "throughput 500000\np50 4\np90 5\np95 6\n");
  CHECK(guest.run("cache_shard", "in-tree", 2).out == "throughput 7\np50 7\np90 8\np95 9\n");
  CHECK(guest.run("numa", "in-tree", 2).out == "unavailable test_workqueue.ko has no scope numa\n");
  CHECK(read_file(guest.path("loads")).value() == "test_workqueue.ko nr_threads=4 wq_items=500\n");
  CHECK(read_file(guest.path("kmsg")).value() == "klab: in-tree pass 2\n");
  CHECK(guest.run("cpu", "in-tree", 3).ok());
  CHECK(read_file(guest.path("loads")).value() ==
        "test_workqueue.ko nr_threads=4 wq_items=500\ntest_workqueue.ko nr_threads=4 wq_items=500\n");
}

TEST_CASE("in-tree: a kernel without the module makes every scope unavailable") {
  Guest guest;
  const auto ran = guest.run("cpu", "in-tree");
  CHECK(ran.ok());
  CHECK(ran.out ==
        "unavailable this kernel has no test_workqueue.ko; lib/test_workqueue.c and CONFIG_TEST_WORKQUEUE=m "
        "build it\n");
}

TEST_CASE("in-tree: a module that prints nothing is a failure") {
  Guest guest;
  put(guest.path("test_workqueue.ko"), "elf");
  guest.stub("insmod", "echo 'insmod: no' >&2; exit 1");
  guest.stub("dmesg", "cat kmsg");
  const auto ran = guest.run("cpu", "in-tree");
  CHECK(ran.exit_code == 1);
  CHECK(ran.err == "test_workqueue.ko printed no result: insmod: no\n");
}
