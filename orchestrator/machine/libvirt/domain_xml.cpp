// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/libvirt/domain_xml.hpp"

#include <algorithm>

#include "machine/qemu_command.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

std::string pinning(const MachineSpec& machine) {
  if (machine.vcpu_pins.empty() && machine.emulator_pin.empty()) return {};
  std::string text = "  <cputune>\n";
  for (std::size_t vcpu = 0; vcpu < machine.vcpu_pins.size(); ++vcpu) {
    if (machine.vcpu_pins[vcpu].empty()) continue;
    text +=
        fmt::format("    <vcpupin vcpu='{}' cpuset='{}'/>\n", vcpu, escape_xml(machine.vcpu_pins[vcpu]));
  }
  if (!machine.emulator_pin.empty())
    text += fmt::format("    <emulatorpin cpuset='{}'/>\n", escape_xml(machine.emulator_pin));
  return text + "  </cputune>\n";
}

std::string processor(const MachineSpec& machine, Acceleration acceleration) {
  const std::string topology = fmt::format("    <topology sockets='{}' cores='{}' threads='{}'/>\n",
                                           machine.sockets, machine.cores, machine.threads);
  if (acceleration == Acceleration::kvm)
    return "  <cpu mode='host-passthrough' check='none'>\n" + topology + "  </cpu>\n";
  return "  <cpu mode='maximum' check='none'>\n" + topology + "  </cpu>\n";
}

std::string platform(const MachineSpec& machine, const BootSpec& boot, Acceleration acceleration) {
  const bool arm = machine.architecture == Architecture::arm64;
  std::string text = fmt::format("  <os>\n    <type arch='{}' machine='{}'>hvm</type>\n",
                                 arm ? "aarch64" : "x86_64", arm ? "virt" : "pc");
  text += fmt::format("    <kernel>{}</kernel>\n", escape_xml(boot.kernel.string()));
  if (!boot.initramfs.empty())
    text += fmt::format("    <initrd>{}</initrd>\n", escape_xml(boot.initramfs.string()));
  text += fmt::format("    <cmdline>{}</cmdline>\n  </os>\n", escape_xml(boot.command_line));
  // With ACPI libvirt would look for UEFI firmware on arm64.
  text += arm ? fmt::format("  <features>\n    <gic version='{}'/>\n  </features>\n", gic_version(machine, acceleration))
              : "  <features>\n    <acpi/>\n    <apic/>\n  </features>\n";
  return text;
}

std::string devices(const MachineSpec& machine, const DomainChannels& channels,
                    const DomainOptions& options) {
  const bool arm = machine.architecture == Architecture::arm64;
  std::string text = "  <devices>\n";
  text += "    <controller type='usb' model='none'/>\n";
  text += fmt::format("    <serial type='unix'>\n      <source mode='connect' path='{}'/>\n"
                      "      <target port='0'/>\n    </serial>\n",
                      escape_xml(channels.console.string()));
  text += fmt::format("    <channel type='unix'>\n      <source mode='connect' path='{}'/>\n"
                      "      <target type='virtio' name='{}'/>\n    </channel>\n",
                      escape_xml(channels.results.string()), kResultsPort);
  text += "    <rng model='virtio'>\n      <backend model='random'>/dev/urandom</backend>\n    </rng>\n";
  text += "    <memballoon model='none'/>\n";
  if (options.watchdog && !arm) text += "    <watchdog model='i6300esb' action='pause'/>\n";
  if (options.pvpanic && !arm) text += "    <panic model='isa'/>\n";
  return text + "  </devices>\n";
}

}  // namespace

std::string escape_xml(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '\'': escaped += "&apos;"; break;
      case '"': escaped += "&quot;"; break;
      case '\t': escaped += "&#9;"; break;
      case '\n': escaped += "&#10;"; break;
      case '\r': escaped += "&#13;"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

std::string domain_xml(const MachineSpec& machine, const BootSpec& boot, Acceleration acceleration,
                       const DomainChannels& channels, const DomainOptions& options) {
  std::string xml = fmt::format("<domain type='{}' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n",
                                acceleration == Acceleration::kvm ? "kvm" : "qemu");
  xml += fmt::format("  <name>{}</name>\n", escape_xml(boot.id));
  xml += fmt::format("  <metadata>\n    <klab:domain xmlns:klab='{}' lab='{}'/>\n  </metadata>\n",
                     kMetadataNamespace, escape_xml(options.lab));
  xml += fmt::format("  <memory unit='MiB'>{}</memory>\n", machine.memory_mib);
  xml += fmt::format("  <vcpu placement='static'>{}</vcpu>\n", machine.vcpus);
  xml += pinning(machine);
  xml += platform(machine, boot, acceleration);
  xml += processor(machine, acceleration);
  xml += "  <clock offset='utc'/>\n";
  xml += "  <on_poweroff>destroy</on_poweroff>\n  <on_reboot>destroy</on_reboot>\n"
         "  <on_crash>preserve</on_crash>\n";
  xml += devices(machine, channels, options);
  // The panic device tells of a panic before all of it is on the console, so the guest goes on.
  xml += "  <qemu:commandline>\n    <qemu:arg value='-action'/>\n    <qemu:arg value='panic=none'/>\n"
         "  </qemu:commandline>\n";
  return xml + "</domain>\n";
}

Result<void> check_boot(const MachineSpec& machine, const BootSpec& boot) {
  const auto valid = [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.';
  };
  if (boot.id.empty() || boot.id.size() > 60 || !boot.id.starts_with("klab-") ||
      !std::all_of(boot.id.begin(), boot.id.end(), valid))
    return input_error("cannot boot \"{}\": a boot's id is \"klab-\" and up to 55 of A-Z a-z 0-9 - _ .",
                       printable(boot.id));
  const std::pair<std::string_view, std::string> fields[] = {
      {"kernel", boot.kernel.string()},        {"initramfs", boot.initramfs.string()},
      {"command line", boot.command_line},     {"emulator_pin", machine.emulator_pin},
      {"vcpu_pins", join(machine.vcpu_pins, " ")},
  };
  for (const auto& [field, value] : fields) {
    if (has_control_character(value))
      return input_error("cannot boot \"{}\": the {} has a control character: \"{}\"", boot.id, field,
                         printable(value));
  }
  if (boot.kernel.empty()) return input_error("cannot boot \"{}\": no kernel is given", boot.id);
  if (machine.vcpus < 1 || machine.sockets * machine.cores * machine.threads != machine.vcpus)
    return input_error("cannot boot \"{}\": machine \"{}\" has vcpus = {}, but sockets x cores x threads = "
                       "{} x {} x {}; make them equal",
                       boot.id, machine.name, machine.vcpus, machine.sockets, machine.cores, machine.threads);
  if (machine.vcpu_pins.size() > static_cast<std::size_t>(machine.vcpus))
    return input_error("cannot boot \"{}\": machine \"{}\" has {} vcpu_pins for {} vcpus", boot.id,
                       machine.name, machine.vcpu_pins.size(), machine.vcpus);
  return {};
}

}  // namespace klab
