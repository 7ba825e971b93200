// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>
#include <string>

#include "model/host.hpp"
#include "util/result.hpp"

namespace klab {

enum class PowerVerb { on, off, interrupt };  // interrupt: the diagnostic one, an NMI
enum class BootDevice { none, network, other };

// A BMC's commands. Every call blocks for up to half a minute and belongs to one thread at a time, which is
// never the reactor's. Errors of kind input are the configuration's (a wrong password): trying again is of
// no use and may lock the account. All others are of kind lab, and of an error after a verb nothing more is
// known than that: read the state back.
class Bmc {
 public:
  virtual ~Bmc() = default;
  virtual Result<bool> is_on() = 0;
  virtual Result<void> command(PowerVerb verb) = 0;
  // For the next start only. BMCs forget it after a minute.
  virtual Result<void> set_boot_device(BootDevice device, NetbootWay way) = 0;
  // Whether the flags are valid is not told: BMCs get that wrong.
  virtual Result<BootDevice> boot_device() = 0;
  // manufacturer, product, firmware revision, IPMI version
  virtual Result<std::map<std::string, std::string>> identity() = 0;
};

// Over the network by libfreeipmi, RMCP+. A session per call: an idle one dies of itself.
std::unique_ptr<Bmc> make_freeipmi_bmc(HostSpec host);

// FreeIPMI's bits for the names in HostSpec::workarounds.
unsigned chassis_workarounds(const HostSpec& host);
unsigned sol_workarounds(const HostSpec& host);
std::string bmc_place(const HostSpec& host);  // as both libraries take it, "address:port"

}  // namespace klab
