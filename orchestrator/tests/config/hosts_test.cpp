// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/error_words.hpp"

#include <catch2/catch.hpp>

#include "config/config.hpp"
#include "util/file.hpp"

using namespace klab;

namespace {

ConfigEnvironment environment() {
  ConfigEnvironment e;
  e.home = "/home/k";
  e.share = "/share";
  return e;
}

const std::string netboot = "[netboot]\nlisten = \"10.77.0.1:8080\"\n";
const std::string least =
    "bmc = \"10.0.0.5\"\nuser = \"lab\"\npassword_file = \"/etc/klab/h\"\nmac = \"52:54:00:AA:00:01\"\nnic = \"nic-igb\"\n";

std::string refusal(const std::string& text) {
  auto config = parse_config(text, "klab.toml", environment());
  REQUIRE_FALSE(config.has_value());
  return config.error().message;
}
std::string host_refusal(const std::string& keys) { return refusal(netboot + "[hosts.h]\n" + keys); }
std::string with(std::string from, const std::string& to) {
  std::string text = least;
  text.replace(text.find(from), text.find('\n', text.find(from)) - text.find(from), to);
  return text;
}

}  // namespace

TEST_CASE("a host is a machine with a BMC, and has sensible values for what is not said") {
  const auto config = parse_config(netboot + "[hosts.h]\n" + least + "pool = \"small\"\nlabels = [\"rack=3\"]\n", "klab.toml", environment());
  REQUIRE(config.has_value());
  const auto& machine = config->machines.at("h");
  const auto& host = config->hosts.at("h");
  CHECK(machine.driver == "ipmi");
  CHECK(machine.kconfigs == std::vector<std::string>{"netboot", "nic-igb"});
  CHECK(machine.labels == std::vector<std::string>{"rack=3", "arch=x86_64", "pool=small"});
  CHECK(machine.kernel_console == "ttyS0,115200n8");
  CHECK(machine.boot_limit == std::chrono::seconds(600));
  CHECK(host.bmc_address == "10.0.0.5");
  CHECK(host.bmc_port == 623);
  CHECK(host.mac == "52:54:00:aa:00:01");
  CHECK(host.cipher_suite == 3);
  CHECK(host.console == ConsoleWay::sol);
  CHECK(host.after_use == AfterUse::off);
  CHECK(host.settle == std::chrono::seconds(5));
}

TEST_CASE("other ways of a host are taken") {
  const auto config = parse_config(netboot + "[hosts.h]\n" + with("bmc", "bmc = \"[fe80::1]:9001\"") +
                                       "console = \"conserver:h.lab@console.example.org\"\nnetboot = \"uefi\"\nresults = \"console\"\n"
                                       "after_use = \"on\"\nsettle = 0\nsockets = 2\ncores = 26\nthreads = 2\ncipher_suite = 17\n",
                                   "klab.toml", environment());
  REQUIRE(config.has_value());
  const auto& host = config->hosts.at("h");
  CHECK(host.bmc_address == "fe80::1");
  CHECK(host.bmc_port == 9001);
  CHECK(host.console == ConsoleWay::conserver);
  CHECK(host.console_target == "h.lab@console.example.org");
  CHECK(host.netboot == NetbootWay::uefi);
  CHECK(host.results == DeliveryWay::console);
  CHECK(config->machines.at("h").vcpus == 104);
}

TEST_CASE("what cannot be right of a host is named with its line and its remedy") {
  CHECK(host_refusal("user = \"lab\"\n") ==
        "cannot use \"klab.toml\": line 3: hosts.h.bmc: give the BMC's address, such as \"10.0.0.5\" or \"10.0.0.5:623\"");
  CHECK(host_refusal(with("bmc", "bmc = \"10.0.0.5:99999\"")) == "cannot use \"klab.toml\": line 4: hosts.h.bmc: must be ADDRESS or ADDRESS:PORT");
  CHECK(host_refusal(with("password_file", "")) ==
        "cannot use \"klab.toml\": line 3: hosts.h: give either password_file (a path) or password_command (a program that prints the password)");
  CHECK(host_refusal(with("mac", "mac = \"52:54\"")) ==
        "cannot use \"klab.toml\": line 7: hosts.h.mac: give the MAC address of the NIC it boots from, such as \"52:54:00:12:34:56\"");
  CHECK(host_refusal(least + "cipher_suite = 4\n") ==
        "cannot use \"klab.toml\": line 9: hosts.h.cipher_suite: must be one that IPMI 2.0 defines and the library speaks, such as 3 or 17");
  CHECK(host_refusal(least + "console = \"screen\"\n") ==
        "cannot use \"klab.toml\": line 9: hosts.h.console: must be \"sol\", \"telnet:HOST:PORT\", \"conserver:NAME\", \"conserver:NAME@HOST\" or "
        "\"serial:/dev/DEVICE\"");
  CHECK(host_refusal(least + "labels = [\"arch=arm64\"]\n") ==
        "cannot use \"klab.toml\": line 9: hosts.h.labels: must be a list of \"key=value\"; arch and pool have keys of their own");
  CHECK(host_refusal(least + "password = \"secret\"\n").find("hosts.h.password: unknown key") != std::string::npos);
  CHECK(refusal(netboot + "[hosts.vm]\n" + least) == "cannot use \"klab.toml\": line 3: hosts.vm: a machine has this name already");
  CHECK(refusal(netboot + "[hosts.a]\n" + least + "[hosts.b]\n" + least) ==
        "cannot use \"klab.toml\": line 13: hosts.b.mac: host \"a\" has it already");
  CHECK(refusal("[hosts.h]\n" + least) ==
        "cannot use \"klab.toml\": it has hosts (such as \"h\"), but nothing serves them their kernels; give [netboot] listen = \"ADDRESS:PORT\"");
  CHECK(refusal("[netboot]\nlisten = \"10.0.0.1:80\"\ndnsmasq = true\n") ==
        "cannot use \"klab.toml\": line 1: netboot: dnsmasq = true needs listen, interface and dhcp_range");
}

TEST_CASE("hosts have files of their own beside the configuration") {
  auto folder = TemporaryDirectory::create("/tmp", "klab-hosts").value();
  REQUIRE(write_file_atomic(folder.path() / "klab.toml", netboot + "[defaults]\nmachine = \"one\"\n"));
  REQUIRE(make_directories(folder.path() / "hosts"));
  REQUIRE(write_file_atomic(folder.path() / "hosts/one.toml", least));
  const auto config = load_config(folder.path() / "klab.toml", environment());
  REQUIRE(config.has_value());
  CHECK(config->hosts.count("one") == 1);
  REQUIRE(write_file_atomic(folder.path() / "hosts/two.toml", "bmc = 5\n"));
  const auto wrong = load_config(folder.path() / "klab.toml", environment());
  REQUIRE_FALSE(wrong.has_value());
  CHECK(wrong.error().message == fmt::format("cannot use \"{}\": line 1: bmc: must be a string", (folder.path() / "hosts/two.toml").string()));
}
