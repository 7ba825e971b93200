// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/hypervisor.hpp"

#include <array>

#include "util/text.hpp"

namespace klab {

std::optional<std::string> seen_hypervisor(const std::map<std::string, std::string>& guest_facts) {
  const auto fact = [&](const char* name) {
    const auto found = guest_facts.find(name);
    return found == guest_facts.end() ? std::string() : found->second;
  };
  const std::string vendor = fact("hypervisor");
  if (vendor.empty()) return "the guest did not say whether there is one";
  if (vendor != "none") return "cpuid says \"" + vendor + "\"";
  // Makers of virtual machines put themselves where others put the board's name; cloud providers put their
  // own name on bare-metal instances too, so theirs prove nothing.
  const std::string dmi = to_lower(fact("dmi"));
  for (const char* maker : std::array{"qemu", "bochs", "kvm", "vmware", "virtualbox", "innotek", "xen", "parallels", "bhyve", "virtual machine"})
    if (dmi.find(maker) != std::string::npos) return "DMI says \"" + fact("dmi") + "\"";
  return std::nullopt;
}

}  // namespace klab
