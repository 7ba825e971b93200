// SPDX-License-Identifier: GPL-3.0-or-later
// What the runner says of a host, from trees like those of /proc and /sys.
#include "tests/workload/guest_runner.hpp"
#include "workload/payload.hpp"

namespace fs = std::filesystem;
using namespace klab;
using namespace klab::testing;

namespace {

FramePayload facts_of(const fs::path& root) {
  ProcessSpec spec;
  spec.argv = {guest_runner().string(), "--host-facts", root.string()};
  const ProcessResult ran = run_process_blocking(spec).value();
  INFO(ran.err);
  REQUIRE(ran.ok());
  return FramePayload::parse(ran.out).value();
}

}  // namespace

TEST_CASE("a host tells what its numbers depend on") {
  const auto root = scratch();
  const fs::path sys = root.path() / "sys", cpus = sys / "devices/system/cpu", proc = root.path() / "proc";
  put(sys / "class/dmi/id/sys_vendor", "Dell Inc.\n");
  put(sys / "class/dmi/id/product_name", "  PowerEdge R650 \n");
  put(sys / "class/dmi/id/bios_version", "1.6.5\n");
  put(proc / "cpuinfo", "processor\t: 0\nmodel\t\t: 106\nmodel name\t: Some CPU @ 2.00GHz\nmicrocode\t: 0xd000389\n\n"
                        "processor\t: 1\nmodel name\t: Other CPU\nmicrocode\t: 0x1\n\n");
  put(cpus / "intel_pstate/no_turbo", "1\n");
  put(cpus / "cpufreq/boost", "1\n");
  put(cpus / "smt/control", "on\n");
  put(cpus / "cpuidle/current_driver", "intel_idle\n");
  put(cpus / "cpu0/cpuidle/state0/name", "POLL\n");
  put(cpus / "cpu0/cpuidle/state0/disable", "0\n");
  put(cpus / "cpu0/cpuidle/state1/name", "C1\n");
  put(cpus / "cpu0/cpuidle/state2/name", "C6\n");
  put(cpus / "cpu0/cpuidle/state2/disable", "1\n");
  put(cpus / "cpu0/cpufreq/scaling_governor", "performance\n");
  put(cpus / "cpu1/cpufreq/scaling_governor", "performance\n");
  put(cpus / "cpu2/cpufreq/scaling_governor", "powersave\n");
  put(cpus / "vulnerabilities/spectre_v1", "Mitigation: usercopy/swapgs barriers\n");
  put(cpus / "vulnerabilities/l1tf", "Not affected\n");
  put(cpus / "cpu0/thermal_throttle/core_throttle_count", "3\n");
  put(cpus / "cpu0/thermal_throttle/package_throttle_count", "40\n");
  put(cpus / "cpu2/thermal_throttle/core_throttle_count", "500\n");
  const FramePayload facts = facts_of(root.path());
  CHECK(facts.text("dmi") == "Dell Inc.; PowerEdge R650; 1.6.5");
  CHECK(facts.text("cpu") == "Some CPU @ 2.00GHz");
  CHECK(facts.text("microcode") == "0xd000389");
  CHECK(facts.text("turbo") == "off");
  CHECK(facts.text("smt") == "on");
  CHECK(facts.text("cstates") == "intel_idle: POLL, C1, C6 (disabled)");
  CHECK(facts.text("governor") == "performance, powersave");
  CHECK(facts.text("mitigations") == "l1tf: Not affected; spectre_v1: Mitigation: usercopy/swapgs barriers");
  CHECK(facts.text("throttled") == "543");
  CHECK_FALSE(facts.text("hypervisor").empty());
  CHECK_FALSE(facts.problem());

  fs::remove_all(cpus / "intel_pstate");
  CHECK(facts_of(root.path()).text("turbo") == "on");
  fs::remove(sys / "class/dmi/id/product_name");
  CHECK(facts_of(root.path()).text("dmi") == "Dell Inc.; n/a; 1.6.5");
  put(proc / "cpuinfo", "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n");
  CHECK(facts_of(root.path()).text("cpu") == "0x41 part 0xd0c");
  for (int i = 0; i < 100; ++i) put(cpus / fmt::format("vulnerabilities/v{}", i), std::string(100, 'x') + "\n");
  CHECK(facts_of(root.path()).text("mitigations").size() == 1999);
}

TEST_CASE("what a host does not tell is n/a") {
  const auto root = scratch();
  const FramePayload facts = facts_of(root.path());
  for (const char* field : {"dmi", "cpu", "microcode", "turbo", "smt", "cstates", "governor", "mitigations", "throttled"})
    CHECK(facts.text(field) == "n/a");
  CHECK_FALSE(facts.problem());
}
