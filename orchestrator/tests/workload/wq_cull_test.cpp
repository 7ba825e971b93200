// SPDX-License-Identifier: GPL-3.0-or-later
// workloads/wq-cull/run under the guest's shell, with a stand-in for the kernel.
#include "tests/workload/support.hpp"
#include "util/process.hpp"

namespace fs = std::filesystem;
using namespace klab;
using namespace klab::testing;

namespace {

constexpr std::string_view kCounters =
    "pools 1\nkicked 40\nculled 20\ndying 10\ndying_pending 3\nstrandings 2\nstranded 3\nby_kick 0\nby_busy 2\n"
    "by_rescuer 0\nstranded_ns 5000000\nstranded_max_ns 3000000\n";

class Guest {
 public:
  Guest() : folder_(scratch()) {
    for (const char* knob : {"queue", "idle_ms", "delay_us", "keep_idle", "counters"})
      put(kernel(knob), knob == std::string_view("counters") ? kCounters : "0\n");
    put(own("result"), "wait 220500\nwait_max 231000\n");
    for (const char* queue : {"klab_wq_cull_hold", "klab_wq_cull"}) {
      put(attribute(queue, "nice"), "0\n");
      put(attribute(queue, "affinity_scope"), "default (cache)\n");
    }
  }
  fs::path kernel(std::string_view knob) const {
    return folder_.path() / fmt::format("sys/module/workqueue/parameters/cull_window_{}", knob);
  }
  fs::path own(std::string_view name) const {
    return folder_.path() / "sys/module/klab_wq_cull/parameters" / name;
  }
  fs::path attribute(std::string_view queue, std::string_view name) const {
    return folder_.path() / "sys/devices/virtual/workqueue" / queue / name;
  }
  ProcessResult run(std::string_view case_name) const {
    ProcessSpec spec;
    spec.argv = {"/bin/busybox", "sh", KLAB_SOURCE_ROOT "/workloads/wq-cull/run"};
    spec.working_directory = folder_.path();
    // Never this host's modules.
    spec.environment = {"PATH=/bin",
                        "INSMOD=/bin/false",
                        "SYS=" + (folder_.path() / "sys").string(),
                        fmt::format("KLAB_CASE={}", case_name),
                        "KLAB_PARAM_rounds=8",
                        "KLAB_PARAM_idle_ms=30",
                        "KLAB_PARAM_delay_ms=120"};
    return run_process_blocking(spec).value();
  }

 private:
  TemporaryDirectory folder_;
};

}  // namespace

TEST_CASE("wq-cull: counters, waits and what was injected are printed") {
  Guest guest;
  const auto ran = guest.run("keep=0");
  CHECK(ran.err == "");
  CHECK(ran.ok());
  CHECK(ran.out ==
        "dying 10\nstranded 3\nkicks 40\nculled 20\ndying_pending 3\nstranded_wait 2.500\n"
        "wait 220.500\nwait_max 231.000\n"
        "fact injected delay of 120 ms after each kick for klab_wq_cull, in every arm\n"
        "fact idle_timeout 30 ms in the watched pool, in place of 5 minutes\n"
        "fact kept injected: no idle worker while another is busy, in place of 2\n"
        "fact rescue by_kick=0 by_busy=2 by_rescuer=0\n");
  CHECK(read_file(guest.own("measure")).value() == "1\n");
  CHECK(read_file(guest.own("holders")).value() == "1\n");
  CHECK(read_file(guest.own("hold_ms")).value() == "220\n");
  CHECK(read_file(guest.own("round_ms")).value() == "220\n");
  for (const char* queue : {"klab_wq_cull_hold", "klab_wq_cull"}) {
    CHECK(read_file(guest.attribute(queue, "nice")).value() == "-11\n");
    CHECK(read_file(guest.attribute(queue, "affinity_scope")).value() == "system\n");
  }
  // The kernel is left as it was.
  CHECK(read_file(guest.kernel("queue")).value() == "\n");
  CHECK(read_file(guest.kernel("keep_idle")).value() == "2\n");
  CHECK(read_file(guest.kernel("delay_us")).value() == "0\n");
  CHECK(read_file(guest.kernel("idle_ms")).value() == "0\n");
}

TEST_CASE("wq-cull: without a stranded item there is no time for it") {
  Guest guest;
  put(guest.kernel("counters"),
      "pools 1\nkicked 40\nculled 20\ndying 0\ndying_pending 0\nstrandings 0\nstranded 0\nby_kick 0\nby_busy 0\n"
      "by_rescuer 0\nstranded_ns 0\nstranded_max_ns 0\n");
  const auto ran = guest.run("keep=2");
  CHECK(ran.ok());
  CHECK(ran.out.find("stranded_wait") == std::string::npos);
  CHECK(ran.out.find("fact kept 2 idle workers") != std::string::npos);
  CHECK(read_file(guest.own("holders")).value() == "3\n");
}

TEST_CASE("wq-cull: a kernel without the instrumentation is unavailable") {
  Guest guest;
  fs::remove(guest.kernel("keep_idle"));
  const auto ran = guest.run("keep=2");
  CHECK(ran.ok());
  CHECK(ran.out ==
        "unavailable the kernel has no workqueue.cull_window_keep_idle; patches/wq-cull-window brings it\n");
}

TEST_CASE("wq-cull: shared pools, no kick, a missing module and an unknown case are failures") {
  Guest guest;
  CHECK(guest.run("keep=1").err == "no case keep=1\n");
  put(guest.kernel("counters"), "pools 2\nkicked 40\n");
  CHECK(guest.run("keep=2").err == "the kernel watched 2 pools in place of 1\n");
  put(guest.kernel("counters"), "pools 1\nkicked 0\n");
  CHECK(guest.run("keep=2").err == "no worker was kicked\n");
  fs::remove_all(guest.own("").parent_path());
  const auto ran = guest.run("keep=2");
  CHECK(!ran.ok());
  CHECK(ran.err == "cannot load klab_wq_cull.ko\n");
}
