// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/qemu_command.hpp"

#include <fmt/format.h>

#include <string_view>

#include "util/text.hpp"

namespace klab {
namespace {

// QEMU reads "," as the end of an option's value and ",," as a comma.
std::string escape_option(std::string_view value) {
  std::string escaped;
  for (const char c : value) escaped += c == ',' ? ",," : std::string(1, c);
  return escaped;
}

}  // namespace

std::string gic_version(const MachineSpec& machine, Acceleration acceleration) {
  constexpr int kMostCpusOfVersion2 = 8;
  if (acceleration == Acceleration::kvm) return "host";
  return machine.vcpus > kMostCpusOfVersion2 ? "3" : "2";
}

std::vector<std::string> qemu_command(const MachineSpec& machine, const BootSpec& boot,
                                      Acceleration acceleration, const std::filesystem::path& results_file) {
  const bool arm = machine.architecture == Architecture::arm64;
  const bool kvm = acceleration == Acceleration::kvm;
  std::vector<std::string> argv;
  const auto add = [&argv](std::initializer_list<std::string> words) {
    argv.insert(argv.end(), words.begin(), words.end());
  };
  add({arm ? "qemu-system-aarch64" : "qemu-system-x86_64"});
  add({"-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"});
  const std::string board = arm ? fmt::format("virt,gic-version={},usb=off", gic_version(machine, acceleration)) : "pc,usb=off";
  add({"-machine", board, "-accel", kvm ? "kvm" : "tcg"});
  add({"-cpu", kvm ? (arm ? "host" : "host,migratable=on") : "max"});
  add({"-smp", fmt::format("{},sockets={},cores={},threads={}", machine.vcpus, machine.sockets, machine.cores,
                           machine.threads)});
  add({"-m", fmt::format("{}M", machine.memory_mib)});
  add({"-kernel", boot.kernel.string()});
  if (!boot.initramfs.empty()) add({"-initrd", boot.initramfs.string()});
  add({"-append", boot.command_line});
  add({"-chardev", "stdio,id=console", "-serial", "chardev:console"});
  add({"-device", "virtio-serial-pci"});
  add({"-chardev", fmt::format("file,id=results,path={}", escape_option(results_file.string()))});
  add({"-device", fmt::format("virtserialport,chardev=results,name={}", kResultsPort)});
  add({"-object", "rng-random,id=rng,filename=/dev/urandom", "-device", "virtio-rng-pci,rng=rng"});
  if (!arm) add({"-device", "pvpanic"});
  return argv;
}

}  // namespace klab
