// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/host_facts.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>

#include "util/file.hpp"

using namespace klab;

namespace {

void write(const std::filesystem::path& path, std::string_view content) {
  REQUIRE(make_directories(path.parent_path()).has_value());
  REQUIRE(write_file_atomic(path, content).has_value());
}

}  // namespace

TEST_CASE("a host is read from its /proc and /sys", "[machine]") {
  auto root = TemporaryDirectory::create(std::filesystem::temp_directory_path(), "klab-host-").value();
  write(root.path() / "proc/cpuinfo",
        "processor\t: 0\nmodel name\t: Some CPU\nmicrocode\t: 0x42\n\n"
        "processor\t: 1\nmodel name\t: Some CPU\n");
  write(root.path() / "proc/sys/kernel/osrelease", "6.1.0-49-amd64\n");
  write(root.path() / "sys/class/dmi/id/bios_vendor", "Vendor\n");
  write(root.path() / "sys/class/dmi/id/bios_version", "1.2\n");
  write(root.path() / "proc/loadavg", "0.25 0.30 0.35 1/200 4242\n");
  write(root.path() / "proc/stat", "cpu  10 20 30 40 50 60 70 250 90 100\ncpu0 1 1 1 1 1 1 1 1 1 1\n");
  write(root.path() / "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n");
  CHECK(local_facts(root.path()) == std::map<std::string, std::string>{{"cpu", "Some CPU"},
                                                                       {"cpus", "2"},
                                                                       {"microcode", "0x42"},
                                                                       {"kernel", "6.1.0-49-amd64"},
                                                                       {"firmware", "Vendor 1.2"}});
  const HostState state = local_state(root.path());
  CHECK(state.load1 == 0.25);
  CHECK(state.steal_seconds.value() == Approx(250.0 / static_cast<double>(::sysconf(_SC_CLK_TCK))));
  CHECK(state.governor == "performance");
}

TEST_CASE("what a host does not tell is n/a", "[machine]") {
  auto root = TemporaryDirectory::create(std::filesystem::temp_directory_path(), "klab-host-").value();
  for (const auto& [fact, value] : local_facts(root.path())) {
    INFO(fact);
    CHECK(value == "n/a");
  }
  const HostState state = local_state(root.path());
  CHECK_FALSE(state.load1.has_value());
  CHECK_FALSE(state.steal_seconds.has_value());
  CHECK(state.governor == "n/a");
}
