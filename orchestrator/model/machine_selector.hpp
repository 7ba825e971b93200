// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/boot.hpp"
#include "util/result.hpp"

namespace klab {

// Instead of a machine an experiment can name labels of hosts, all of which must hold: "pool=small,rack=3".
bool is_machine_selector(std::string_view text);
// The same in the one spelling that is stored and compared: sorted, nothing twice. Kind input: what is no
// "key=value".
Result<std::string> spell_selector(std::string_view text);
// Names of the hosts that have all these labels, in order. Other machines are never meant: they stand on the
// computer that builds.
std::vector<std::string> select_hosts(const std::map<std::string, MachineSpec>& machines, std::string_view selector);

}  // namespace klab
