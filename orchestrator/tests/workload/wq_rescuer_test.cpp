// SPDX-License-Identifier: GPL-3.0-or-later
// workloads/wq-rescuer/run under the guest's shell, with a stand-in for the kernel.
#include "tests/workload/support.hpp"
#include "util/process.hpp"
#include "workload/definition.hpp"

namespace fs = std::filesystem;
using namespace klab;
using namespace klab::testing;

namespace {

class Guest {
 public:
  Guest() : folder_(scratch()) {
    for (const char* program : {"insmod", "mount"})
      put(path("bin") / program, "#!/bin/busybox sh\necho \"" + std::string(program) + " $*\" >&2\nexit 1\n", true);
    put(path("proc/sys/kernel/threads-max"), "15974\n");
  }
  void load_module() {
    put(parameter("result"), "others_done 811.000000\nothers_rescued 0\nothers_by_workers 100\n");
    put(parameter("reason"), "\n");
    put(parameter("creation_error"), "-11\n");
    put(parameter("asleep"), "3\n");
  }
  fs::path path(std::string_view name) const { return folder_.path() / name; }
  fs::path parameter(std::string_view name) const { return path("sys/module/klab_wq_rescuer/parameters") / name; }
  std::string text(const fs::path& file) const { return read_file(file).value(); }
  std::string threads_max() const { return text(path("proc/sys/kernel/threads-max")); }
  // A file of the kernel's that cannot be written.
  void refuse(const fs::path& file) const {
    fs::remove(file);
    fs::create_symlink("/proc/version", file);
  }
  ProcessResult run(std::string_view case_name, std::string_view means = "thread-limit") const {
    ProcessSpec spec;
    spec.argv = {"/bin/busybox", "sh", KLAB_SOURCE_ROOT "/workloads/wq-rescuer/run"};
    spec.working_directory = path("");
    spec.environment = {"PATH=/bin",
                        "INSMOD=" + path("bin/insmod").string(),
                        "MOUNT=" + path("bin/mount").string(),
                        "SYS=" + path("sys").string(),
                        "PROC=" + path("proc").string(),
                        fmt::format("KLAB_CASE={}", case_name),
                        fmt::format("KLAB_PARAM_means={}", means),
                        "KLAB_PARAM_others=100",
                        "KLAB_PARAM_block_ms=2000"};
    return run_process_blocking(spec).value();
  }

 private:
  TemporaryDirectory folder_;
};

}  // namespace

TEST_CASE("wq-rescuer is read whole, and the folder that it stands on is there") {
  const auto loaded = load_workload(fs::path(KLAB_SOURCE_ROOT) / "workloads/wq-rescuer");
  REQUIRE(loaded.has_value());
  CHECK(loaded->cases.size() == 6);
  CHECK(loaded->optional_metrics ==
        std::set<std::string>{"others_by_workers", "others_rescued", "scan_cost"});
  CHECK(fs::is_directory(fs::path(KLAB_SOURCE_ROOT) / "patches" / loaded->instrument));
}

TEST_CASE("wq-rescuer: all steps are taken, and the limit on threads is as before") {
  Guest guest;
  guest.load_module();
  const auto ran = guest.run("blocked");
  CHECK(ran.ok());
  CHECK(ran.err == "");
  CHECK(ran.out ==
        "fact pressure thread-limit: threads cannot be created (-11), 3 workers of the pool asleep\n"
        "others_done 811.000000\nothers_rescued 0\nothers_by_workers 100\n");
  CHECK(guest.text(guest.parameter("pending")) == "0\n");
  CHECK(guest.text(guest.parameter("others")) == "100\n");
  CHECK(guest.text(guest.parameter("block_ms")) == "2000\n");
  for (const char* step : {"prepare", "begin", "finish", "clean"}) CHECK(guest.text(guest.parameter(step)) == "1\n");
  CHECK(guest.threads_max() == "15974\n");
}

TEST_CASE("wq-rescuer: the number of a scan case is what is pending") {
  Guest guest;
  guest.load_module();
  CHECK(guest.run("scan-1000").ok());
  CHECK(guest.text(guest.parameter("pending")) == "1000\n");
}

TEST_CASE("wq-rescuer: a step that fails ends the pass with the module's reason, pressure off, all freed") {
  Guest guest;
  guest.load_module();
  put(guest.parameter("reason"), "the rescuer did not come within 10 s\n");
  guest.refuse(guest.parameter("begin"));
  const auto ran = guest.run("blocked");
  CHECK(ran.exit_code == 1);
  CHECK(ran.out == "");
  CHECK(ran.err == "the rescuer did not come within 10 s\n");
  CHECK(guest.threads_max() == "15974\n");
  CHECK(guest.text(guest.parameter("clean")) == "1\n");
  CHECK_FALSE(fs::exists(guest.parameter("finish")));
}

TEST_CASE("wq-rescuer: a pool that cannot be cleaned up is a failure") {
  Guest guest;
  guest.load_module();
  guest.refuse(guest.parameter("clean"));
  const auto ran = guest.run("blocked");
  CHECK(ran.exit_code == 1);
  CHECK(ran.out == "");
  CHECK(ran.err == "the step clean failed\n");
}

TEST_CASE("wq-rescuer: a limit that cannot be set is a failure") {
  Guest guest;
  guest.load_module();
  guest.refuse(guest.path("proc/sys/kernel/threads-max"));
  const auto ran = guest.run("blocked");
  CHECK(ran.exit_code == 1);
  CHECK(ran.err.find("cannot set " + guest.path("proc/sys/kernel/threads-max").string() + "\n") != std::string::npos);
  CHECK_FALSE(fs::exists(guest.parameter("begin")));
  CHECK(guest.text(guest.parameter("clean")) == "1\n");
}

TEST_CASE("wq-rescuer: failslab is set up for kthreadd only, and off in the end") {
  Guest guest;
  guest.load_module();
  const auto failslab = guest.path("sys/kernel/debug/failslab");
  put(guest.path("proc/2/make-it-fail"), "0\n");
  put(failslab / "probability", "0\n");
  const auto ran = guest.run("blocked", "failslab");
  CHECK(ran.ok());
  CHECK(ran.err == "");
  CHECK(guest.text(failslab / "task-filter") == "Y\n");
  CHECK(guest.text(failslab / "ignore-gfp-wait") == "N\n");
  CHECK(guest.text(failslab / "probability") == "0\n");
  CHECK(guest.text(guest.path("proc/2/make-it-fail")) == "0\n");
  CHECK(guest.threads_max() == "15974\n");
}

TEST_CASE("wq-rescuer: failslab without fault injection is unavailable") {
  Guest guest;
  guest.load_module();
  const auto ran = guest.run("blocked", "failslab");
  CHECK(ran.ok());
  CHECK(ran.out == "unavailable this kernel has no fault injection; kconfigs/fault-injection.config builds it\n");
}

TEST_CASE("wq-rescuer: a module that does not load is a failure") {
  Guest guest;
  const auto ran = guest.run("blocked");
  CHECK(ran.exit_code == 1);
  CHECK(ran.err == "insmod klab_wq_rescuer.ko\ncannot load klab_wq_rescuer.ko\n");
  CHECK(guest.threads_max() == "15974\n");
}
