// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace klab {

enum class NetbootWay { legacy, uefi };  // PXE of a PC's firmware, or of UEFI
enum class AfterUse { off, on };         // what a host is left as when an experiment is through with it
enum class ConsoleWay { sol, telnet, conserver, serial };
enum class DeliveryWay { http, console };  // how a guest's results come back

// What is known of a bare-metal machine beyond its MachineSpec of the same name; see README for the keys.
// The password is nowhere in it: only where to ask for it, at the moment it is used.
struct HostSpec {
  std::string name;
  std::string bmc_address;  // name or address
  std::uint16_t bmc_port = 623;
  std::string user;
  std::filesystem::path password_file;        // or
  std::vector<std::string> password_command;  // prints it
  int cipher_suite = 3;
  std::vector<std::string> workarounds;  // of non-compliant BMCs; names as FreeIPMI's manual has them
  ConsoleWay console = ConsoleWay::sol;
  std::string console_target;  // telnet: "host:port"; conserver: "name" or "name@host"; serial: a device
  std::string mac;             // lower case, with colons
  std::string address;         // what dnsmasq gives it and it has to come from; empty: whatever DHCP gives
  NetbootWay netboot = NetbootWay::legacy;
  DeliveryWay results = DeliveryWay::http;
  AfterUse after_use = AfterUse::off;
  bool simulated = false;  // a virtual machine behind a simulated BMC
  std::chrono::seconds settle{5};         // powered off before it is powered on
  std::chrono::seconds power_limit{60};   // until a power verb holds
  std::chrono::seconds netboot_limit{300};  // from power-on until kernel and initramfs are fetched
};

// One thing that a look at a host has shown.
struct ProbeFinding {
  std::string subject;  // "power state", "boot flags", "SOL", ...
  bool good = true;
  std::string text;    // what was found
  std::string remedy;  // when not good: what mends it
};

// Where hosts come for their kernels, and whether klabd answers their DHCP itself.
struct NetbootConfig {
  std::string listen;     // "10.77.0.1:8080"; empty: no host can boot
  bool dnsmasq = false;   // started and watched by klabd
  std::string interface;  // of dnsmasq
  std::string dhcp_range;  // "first,last"
};

}  // namespace klab
