// SPDX-License-Identifier: GPL-3.0-or-later
// workloads/kmalloc: its definition, and run under the guest's shell with a stand-in for the kernel.
#include "tests/workload/support.hpp"
#include "util/process.hpp"

namespace fs = std::filesystem;
using namespace klab;
using namespace klab::testing;

namespace {

class Guest {
 public:
  Guest() : folder_(scratch()) {
    put(folder_.path() / "insmod", "#!/bin/busybox sh\necho \"no $1\" >&2\nexit 1\n", true);
  }
  fs::path parameter(std::string_view name) const {
    return folder_.path() / "sys/module/klab_kmalloc/parameters" / name;
  }
  void load_module(std::string_view result) { put(parameter("result"), result); }
  ProcessResult run(std::string_view size, int iterations) const {
    ProcessSpec spec;
    spec.argv = {"/bin/busybox", "sh", KLAB_SOURCE_ROOT "/workloads/kmalloc/run"};
    spec.working_directory = folder_.path();
    spec.environment = {"PATH=/bin", "INSMOD=" + (folder_.path() / "insmod").string(),
                        "SYS=" + (folder_.path() / "sys").string(), fmt::format("KLAB_CASE={}", size),
                        fmt::format("KLAB_PARAM_iterations={}", iterations)};
    return run_process_blocking(spec).value();
  }

 private:
  TemporaryDirectory folder_;
};

}  // namespace

TEST_CASE("the kmalloc workload is read whole") {
  const auto loaded = load_workload(fs::path(KLAB_SOURCE_ROOT) / "workloads/kmalloc");
  REQUIRE(loaded.has_value());
  CHECK(loaded->cases == std::vector<std::string>{"8", "64", "256", "1024", "4096"});
  REQUIRE(loaded->metrics.size() == 4);
  CHECK(loaded->metrics[0].name == "kmalloc");
  CHECK(loaded->metrics[0].unit == "cycles");
  CHECK(loaded->metrics[0].primary);
  CHECK_FALSE(loaded->metrics[1].primary);
  CHECK(loaded->facts.size() == 3);
}

TEST_CASE("kmalloc: size and number are set, the result is passed on") {
  Guest guest;
  guest.load_module("kmalloc 60.125\nfact method preemption off\n");
  const auto ran = guest.run("64", 9000000);
  CHECK(ran.ok());
  CHECK(ran.err == "");
  CHECK(ran.out == "kmalloc 60.125\nfact method preemption off\n");
  CHECK(read_file(guest.parameter("size")).value() == "64\n");
  CHECK(read_file(guest.parameter("iterations")).value() == "9000000\n");
  CHECK(read_file(guest.parameter("measure")).value() == "1\n");
}

TEST_CASE("kmalloc: larger objects are fewer, smaller ones are not more") {
  Guest guest;
  guest.load_module("kmalloc 1\n");
  CHECK(guest.run("4096", 9000000).ok());
  CHECK(read_file(guest.parameter("iterations")).value() == "140625\n");
  CHECK(guest.run("8", 500).ok());
  CHECK(read_file(guest.parameter("iterations")).value() == "500\n");
  CHECK(guest.run("4096", 3).ok());
  CHECK(read_file(guest.parameter("iterations")).value() == "1\n");
}

TEST_CASE("kmalloc: what the module refuses is the reason of the failure, with its figures") {
  Guest guest;
  guest.load_module("refused 9000000 objects of 4096 bytes need 35224 MiB: 1500 MiB can be had\n");
  fs::create_directory(guest.parameter("measure"));  // cannot be written
  const auto ran = guest.run("64", 9000000);
  CHECK(ran.exit_code == 1);
  CHECK(ran.out == "");
  CHECK(ran.err ==
        "the pass failed: 9000000 objects of 4096 bytes need 35224 MiB: 1500 MiB can be had\n");
}

TEST_CASE("kmalloc: a module that does not load is a failure") {
  Guest guest;
  const auto ran = guest.run("64", 1);
  CHECK(ran.exit_code == 1);
  CHECK(ran.err == "no klab_kmalloc.ko\ncannot load klab_kmalloc.ko\n");
}
