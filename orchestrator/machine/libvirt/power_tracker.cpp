// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/libvirt/power_tracker.hpp"

#include <libvirt/libvirt.h>

namespace klab {

void PowerTracker::decide(PowerEnd end, std::string detail) {
  if (end_) return;
  end_ = end;
  detail_ = std::move(detail);
}

void PowerTracker::lifecycle(int event, int detail) {
  switch (event) {
    case VIR_DOMAIN_EVENT_STARTED:
    case VIR_DOMAIN_EVENT_RESUMED:
      running_ = true;
      suspended_ = false;
      break;
    case VIR_DOMAIN_EVENT_SUSPENDED:
      // A domain starts suspended; only a running one can come to a stop.
      if (!running_) break;
      suspended_ = true;
      if (detail == VIR_DOMAIN_EVENT_SUSPENDED_WATCHDOG)
        decide(PowerEnd::watchdog, "the guest's watchdog device fired");
      break;
    case VIR_DOMAIN_EVENT_SHUTDOWN:
      if (detail == VIR_DOMAIN_EVENT_SHUTDOWN_HOST)
        decide(PowerEnd::failed, "QEMU was told to end by somebody on the host");
      else
        decide(PowerEnd::powered_off, "the guest powered off");
      break;
    case VIR_DOMAIN_EVENT_CRASHED:
      decide(PowerEnd::panicked, "the guest reported a panic");
      break;
    case VIR_DOMAIN_EVENT_STOPPED:
      gone_ = true;
      if (detail == VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN)
        decide(PowerEnd::powered_off, "the guest powered off");
      else if (detail == VIR_DOMAIN_EVENT_STOPPED_CRASHED)
        decide(PowerEnd::panicked, "the guest reported a panic");
      else if (detail == VIR_DOMAIN_EVENT_STOPPED_DESTROYED)
        decide(PowerEnd::failed, "the domain was destroyed by somebody else");
      else
        decide(PowerEnd::failed, "QEMU ended unexpectedly");
      break;
    default:
      break;
  }
}

void PowerTracker::monitor(std::string_view event, std::string_view details) {
  if (event == "SHUTDOWN" && details.find("\"guest-reset\"") != std::string_view::npos)
    decide(PowerEnd::rebooted, "the guest asked for a reset");
  else if (event == "GUEST_PANICKED")
    decide(PowerEnd::panicked, "the guest reported a panic");
}

void PowerTracker::connection_lost() {
  gone_ = true;
  decide(PowerEnd::failed, "the connection to libvirt was lost");
}

void PowerTracker::stop_requested() { decide(PowerEnd::stopped_by_us, "the power was cut by the lab"); }

void PowerTracker::undecided_stop() {
  decide(PowerEnd::failed, "QEMU stopped the guest's processors; under KVM that is an instruction it cannot "
                           "run");
}

}  // namespace klab
