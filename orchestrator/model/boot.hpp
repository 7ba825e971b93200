// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/metric.hpp"
#include "model/outcome.hpp"
#include "model/variant.hpp"

namespace klab {

// What a guest ran on. bare_metal is what nothing contradicts: no hypervisor configured, none seen by the guest.
enum class Acceleration { tcg, kvm, bare_metal, simulated_host, virtual_host };
std::string_view name(Acceleration acceleration);  // "TCG", "KVM", "bare metal", "simulated host", ...

// A machine as configured; see README for the keys.
struct MachineSpec {
  std::string name = "vm";
  std::string driver = "libvirt";   // or "ipmi": a host, with a HostSpec of the same name
  std::string uri = "embed";        // "embed": the driver in this process; else any libvirt URI
  std::string acceleration = "auto";  // auto (KVM after a probe guest has booted), kvm, tcg
  Architecture architecture = Architecture::x86_64;
  int vcpus = 8;
  int sockets = 1, cores = 8, threads = 1;
  int memory_mib = 1024;
  std::vector<std::string> vcpu_pins;  // host CPU set per vCPU, libvirt syntax; empty: not pinned
  std::string emulator_pin;
  std::string kernel_console;         // "ttyS1,115200n8"; empty: the architecture's usual one
  std::vector<std::string> kconfigs;  // fragments that every kernel for it needs
  std::vector<std::string> labels;    // "key=value"; "arch=..." and "pool=..." among them
  std::chrono::seconds boot_limit{60};     // to the runner's first frame
  std::chrono::seconds silence_limit{60};  // neither console nor results
  std::chrono::seconds run_limit{600};     // whole boot
};

// What one boot is started from; files are readable by the machine's host.
struct BootSpec {
  std::string id;  // unique; names the domain, e.g. "klab-17-3"
  std::filesystem::path kernel;
  std::filesystem::path initramfs;
  std::string command_line;
};

// What was true of the host around a boot.
struct HostFingerprint {
  std::map<std::string, std::string> facts;  // cpu, cpus, microcode, kernel, qemu, libvirt, firmware, compiler
  std::string digest() const;                // changes when a series of nights must be cut
};

// Something the laboratory has to say of a boot, at a second of it.
struct BootNote {
  double seconds = 0.0;  // since the machine was started
  std::string text;      // one printable line
};

struct HostState {
  std::optional<double> load1;          // unset: cannot be read from here
  std::optional<double> steal_seconds;  // cumulative, from /proc/stat
  std::string governor;        // of CPU 0, "n/a" where there is no cpufreq
};

}  // namespace klab
