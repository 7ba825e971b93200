// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "machine/ipmi/bmc.hpp"
#include "machine/machine.hpp"
#include "machine/netboot.hpp"
#include "util/timekeeper.hpp"

namespace klab {

// What the machines behind BMCs share; outlives them.
struct IpmiLab {
  NetbootBoard& board;
  NetbootConfig netboot;
  Timekeeper& time;
};

// A bare-metal machine behind a BMC, which boots over the network. It also is Host and Diagnosable.
// A SolEngine must exist as long as it does. Errors name the host.
std::unique_ptr<Machine> make_ipmi_machine(boost::asio::any_io_executor executor, MachineSpec spec, HostSpec host, IpmiLab lab);

// What a look at the host shows. A boot must not be under way.
class HostPower;
boost::asio::awaitable<std::vector<ProbeFinding>> probe_host(boost::asio::any_io_executor executor, const MachineSpec& spec,
                                                             const HostSpec& host, HostPower& power, const NetbootConfig& netboot);
int console_speed(const MachineSpec& spec);  // bauds, of its kernel console

}  // namespace klab
