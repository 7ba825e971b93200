// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "model/boot.hpp"
#include "util/result.hpp"

namespace klab {

// Unix sockets on which the lab listens before the domain starts; QEMU connects to them, so that not a
// byte of the first messages is lost.
struct DomainChannels {
  std::filesystem::path console;
  std::filesystem::path results;
};

struct DomainOptions {
  std::string lab;         // mark of the lab instance, written into the metadata
  bool pvpanic = true;     // x86_64 only
  bool watchdog = false;   // i6300esb, which lets the guest stand still when it fires; x86_64 only
};

// Namespace of our element in a domain's metadata.
inline constexpr std::string_view kMetadataNamespace = "urn:klab:domain:1";

// The domain of one boot: direct kernel boot, no disk, no network, no graphics. Expects what check_boot()
// has let through.
std::string domain_xml(const MachineSpec& machine, const BootSpec& boot, Acceleration acceleration,
                       const DomainChannels& channels, const DomainOptions& options);

// What neither XML nor a domain's name can carry is refused, naming the field; kind input.
Result<void> check_boot(const MachineSpec& machine, const BootSpec& boot);

std::string escape_xml(std::string_view text);

}  // namespace klab
