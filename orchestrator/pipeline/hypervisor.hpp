// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>

namespace klab {

// What in a guest's own facts (see images/README.md: hypervisor, dmi) tells of a hypervisor; none when nothing
// does. A guest that does not say is not believed to run on bare metal.
std::optional<std::string> seen_hypervisor(const std::map<std::string, std::string>& guest_facts);

}  // namespace klab
