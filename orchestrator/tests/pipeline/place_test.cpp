// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/place.hpp"

#include <catch2/catch.hpp>

#include "pipeline/host_choice.hpp"
#include "pipeline/plan.hpp"
#include "util/file.hpp"

using namespace klab;

namespace {

struct Share {
  Share() {
    ConfigEnvironment environment;
    environment.home = "/home/u";
    environment.share = directory.path();
    config = default_config(environment);
    host("host1", Architecture::x86_64, {"netboot", "nic-igb"}, {"pool=small", "rack=3"});
    host("host2", Architecture::x86_64, {"netboot", "nic-ixgbe"}, {"pool=small"});
    host("arm1", Architecture::arm64, {"netboot", "nic-igb"}, {"rack=3"});
    // What stands on this computer is never selected.
    config.machines["vm"].labels = {"pool=small"};
    for (const char* fragment : {"lab", "netboot", "nic-igb", "nic-ixgbe"}) put(fmt::format("kconfigs/{}.config", fragment), "CONFIG_A=y\n");
    put("workloads/w/run", "#!/bin/sh\n");
    std::filesystem::permissions(directory.path() / "workloads/w/run", std::filesystem::perms(0755));
    put("workloads/w/workload.toml",
        "name = \"w\"\ndescription = \"d\"\nrun = \"run\"\n"
        "[[metric]]\nname = \"m\"\nunit = \"ns\"\nbetter = \"lower\"\nprimary = true\n");
  }
  void host(const std::string& name, Architecture architecture, std::vector<std::string> kconfigs, std::vector<std::string> labels) {
    MachineSpec machine;
    machine.name = name;
    machine.driver = "ipmi";
    machine.architecture = architecture;
    machine.kconfigs = std::move(kconfigs);
    machine.labels = std::move(labels);
    machine.labels.push_back("arch=" + std::string(klab::name(architecture)));
    config.machines[name] = machine;
  }
  void put(const std::string& name, const std::string& text) {
    make_directories((directory.path() / name).parent_path()).value();
    write_file_atomic(directory.path() / name, text).value();
  }
  Result<ExperimentPlan> plan(const std::vector<std::string>& machines) {
    ExperimentRequest request;
    request.workloads = {"w"};
    for (std::size_t i = 0; i < machines.size(); ++i) {
      auto& arm = request.arms.emplace_back();
      arm.label = fmt::format("a{}", i);
      arm.machine = machines[i];
    }
    return make_plan(request, config, "alice", 7);
  }
  std::string error_of(const std::vector<std::string>& machines) {
    const auto made = plan(machines);
    REQUIRE(made.has_error());
    CHECK(made.error().kind == ErrorKind::input);
    return made.error().message;
  }
  static std::string fragments(const ArmPlan& arm) {
    std::string out;
    for (const auto& fragment : arm.kconfig.fragments) out += fragment.name + " ";
    return out;
  }

  TemporaryDirectory directory = TemporaryDirectory::create(std::filesystem::temp_directory_path(), "klab-place-").value();
  Config config;
};

}  // namespace

TEST_CASE("place: a kernel for any of several hosts has what each of them needs") {
  Share share;
  const auto plan = share.plan({"rack=3, pool=small,arch=x86_64,rack=3", "arch=x86_64,pool=small,rack=3", "pool=small", "pool=small", "host2", "vm"});
  REQUIRE(plan.has_error());  // three wishes, two hosts
  const auto good = share.plan({"pool=small", "pool=small", "vm", "vm"});
  REQUIRE(good.has_value());
  CHECK(good->arms[0].machine == "pool=small");
  CHECK(good->arms[0].machine_request == "pool=small");
  CHECK(good->arms[0].architecture == Architecture::x86_64);
  CHECK(Share::fragments(good->arms[0]) == "lab netboot nic-igb nic-ixgbe ");
  CHECK(good->arms[2].machine_request.empty());
  CHECK(Share::fragments(good->arms[2]) == "lab ");
  const auto named = share.plan({"host2", "host2"});
  REQUIRE(named.has_value());
  CHECK(named->arms[0].machine_request.empty());
  CHECK(Share::fragments(named->arms[0]) == "lab netboot nic-ixgbe ");
  const auto arm = share.plan({"arch=arm64", "arch=arm64"});
  REQUIRE(arm.has_value());
  CHECK(arm->arms[1].architecture == Architecture::arm64);
}

TEST_CASE("place: labels in any order and spelling are one wish") {
  Share share;
  const auto plan = share.plan({"rack=3, arch=x86_64,rack=3", "arch=x86_64,rack=3"});
  REQUIRE(plan.has_value());
  CHECK(plan->arms[0].machine == "arch=x86_64,rack=3");
  CHECK(plan->arms[1].machine == plan->arms[0].machine);
  CHECK(plan->contrasts.size() == 1);
}

TEST_CASE("place: labels that nothing has, that mean several architectures, or one host twice") {
  Share share;
  CHECK(share.error_of({"pool=large", "pool=large"}) ==
        "cannot use the machine \"pool=large\" of arm \"a0\": no host has this label; known are arch=arm64, arch=x86_64, pool=small, rack=3");
  CHECK(share.error_of({"arch=arm64,pool=small", "vm"}) ==
        "cannot use the machine \"arch=arm64,pool=small\" of arm \"a0\": no host has all these labels; known are arch=arm64,"
        " arch=x86_64, pool=small, rack=3");
  CHECK(share.error_of({"rack=3", "rack=3"}) ==
        "cannot use the machine \"rack=3\" of arm \"a0\": its hosts are of several architectures (arm1 arm64, host1 x86_64); add one,"
        " such as rack=3,arch=arm64");
  CHECK(share.error_of({"pool=", "vm"}) ==
        "cannot select machines by \"pool=\": give labels such as pool=small or arch=arm64, with commas between");
  CHECK(share.error_of({"host1", "pool=small", "arch=x86_64"}) ==
        "cannot measure on arch=x86_64, host1, pool=small side by side: that takes 3 hosts, and these are only host1, host2; name fewer machines");
  share.put("kconfigs/none", "");
  share.host("host3", Architecture::x86_64, {"nic-none"}, {"pool=odd"});
  CHECK(share.error_of({"pool=odd", "pool=odd"}) ==
        fmt::format("cannot use the kconfig \"nic-none\" of arm \"a0\": no such file as \"{}\"",
                    (share.directory.path() / "kconfigs/nic-none.config").string()));
  share.config.machines = {{"vm", share.config.machines.at("vm")}};
  CHECK(share.error_of({"pool=small", "vm"}) ==
        "cannot use the machine \"pool=small\" of arm \"a0\": no host has this label; no hosts are configured, see README.md");
}

TEST_CASE("host choice: each wish its own host, the first that leaves the others theirs") {
  using Names = std::vector<std::string>;
  CHECK(choose_hosts({}) == Names{});
  CHECK(choose_hosts({{"a", "b"}, {"a"}}) == Names{"b", "a"});
  CHECK(choose_hosts({{"a", "b", "c"}, {"a", "b"}, {"a"}}) == Names{"c", "b", "a"});
  CHECK(choose_hosts({{"b", "a"}, {"a", "b", "c"}}) == Names{"b", "a"});
  CHECK_FALSE(choose_hosts({{"a", "b"}, {"a", "b"}, {"b", "a"}}));
  CHECK_FALSE(choose_hosts({{"a"}, {}}));
}

TEST_CASE("place: words that iPXE would take for its own are refused at once where the kernel comes over the network") {
  Share share;
  share.config.defaults.command_line = "a=b || shell";
  CHECK(share.plan({"vm", "vm"}).has_value());
  const std::string refusal = "cannot boot with the command line \"a=b || shell\" over the network: iPXE takes \"||\" for its own; leave it out";
  CHECK(share.error_of({"host1", "host1"}) == refusal);
  CHECK(share.error_of({"pool=small", "pool=small"}) == refusal);
}
