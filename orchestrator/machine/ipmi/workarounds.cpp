// SPDX-License-Identifier: GPL-3.0-or-later
#include <freeipmi/freeipmi.h>
#include <ipmiconsole.h>

#include "machine/ipmi/bmc.hpp"

namespace klab {
namespace {

struct Workaround {
  const char* name;
  unsigned chassis;
  unsigned sol;
};

constexpr Workaround table[] = {
    {"authentication-capabilities", IPMI_WORKAROUND_FLAGS_OUTOFBAND_2_0_AUTHENTICATION_CAPABILITIES,
     IPMICONSOLE_WORKAROUND_AUTHENTICATION_CAPABILITIES},
    {"intel-2-0-session", IPMI_WORKAROUND_FLAGS_OUTOFBAND_2_0_INTEL_2_0_SESSION, IPMICONSOLE_WORKAROUND_INTEL_2_0_SESSION},
    {"supermicro-2-0-session", IPMI_WORKAROUND_FLAGS_OUTOFBAND_2_0_SUPERMICRO_2_0_SESSION,
     IPMICONSOLE_WORKAROUND_SUPERMICRO_2_0_SESSION},
    {"sun-2-0-session", IPMI_WORKAROUND_FLAGS_OUTOFBAND_2_0_SUN_2_0_SESSION, IPMICONSOLE_WORKAROUND_SUN_2_0_SESSION},
    {"open-session-privilege", IPMI_WORKAROUND_FLAGS_OUTOFBAND_2_0_OPEN_SESSION_PRIVILEGE,
     IPMICONSOLE_WORKAROUND_OPEN_SESSION_PRIVILEGE},
    {"non-empty-integrity-check-value", IPMI_WORKAROUND_FLAGS_OUTOFBAND_2_0_NON_EMPTY_INTEGRITY_CHECK_VALUE,
     IPMICONSOLE_WORKAROUND_NON_EMPTY_INTEGRITY_CHECK_VALUE},
    {"ignore-sol-payload-size", 0, IPMICONSOLE_WORKAROUND_IGNORE_SOL_PAYLOAD_SIZE},
    {"ignore-sol-port", 0, IPMICONSOLE_WORKAROUND_IGNORE_SOL_PORT},
    {"skip-sol-activation-status", 0, IPMICONSOLE_WORKAROUND_SKIP_SOL_ACTIVATION_STATUS},
    {"skip-channel-payload-support", 0, IPMICONSOLE_WORKAROUND_SKIP_CHANNEL_PAYLOAD_SUPPORT},
};

unsigned collect(const HostSpec& host, unsigned Workaround::*bits) {
  unsigned all = 0;
  for (const auto& name : host.workarounds)
    for (const auto& known : table)
      if (name == known.name) all |= known.*bits;
  return all;
}

}  // namespace

unsigned chassis_workarounds(const HostSpec& host) { return collect(host, &Workaround::chassis); }
unsigned sol_workarounds(const HostSpec& host) { return collect(host, &Workaround::sol); }

std::string bmc_place(const HostSpec& host) {
  const bool six = host.bmc_address.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", six ? "[" : "", host.bmc_address, six ? "]" : "", host.bmc_port);
}

}  // namespace klab
