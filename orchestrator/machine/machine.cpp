// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/machine.hpp"

namespace klab {

std::string_view name(PowerEnd end) {
  switch (end) {
    case PowerEnd::powered_off: return "powered off";
    case PowerEnd::rebooted: return "rebooted";
    case PowerEnd::panicked: return "panicked";
    case PowerEnd::watchdog: return "watchdog";
    case PowerEnd::stopped_by_us: return "stopped by us";
    case PowerEnd::failed: return "failed";
  }
  return "failed";
}

}  // namespace klab
