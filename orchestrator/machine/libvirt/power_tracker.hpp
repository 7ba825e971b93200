// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "machine/machine.hpp"

namespace klab {

// Reads from the order of libvirt's lifecycle events and QEMU's monitor events how a boot ended. The first
// cause stands; what follows from it (STOPPED after SHUTDOWN) adds nothing. No I/O.
class PowerTracker {
 public:
  void lifecycle(int event, int detail);                           // virDomainEventType and its detail
  void monitor(std::string_view event, std::string_view details);  // name and JSON of a QMP event
  void connection_lost();
  void stop_requested();  // by power_off()
  void undecided_stop();  // the guest was suspended for no known cause, and nothing followed

  bool known() const { return end_.has_value(); }
  bool gone() const { return gone_; }            // the domain does not exist any more
  bool panicked() const { return end_ == PowerEnd::panicked; }
  bool suspended() const { return suspended_; }  // the processors stand still
  PowerEnd end() const { return end_.value_or(PowerEnd::failed); }
  const std::string& detail() const { return detail_; }

 private:
  void decide(PowerEnd end, std::string detail);

  std::optional<PowerEnd> end_;
  std::string detail_;
  bool running_ = false;
  bool suspended_ = false;
  bool gone_ = false;
};

}  // namespace klab
