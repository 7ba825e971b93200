// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/libvirt/power_tracker.hpp"

#include <libvirt/libvirt.h>

#include <catch2/catch.hpp>

using namespace klab;

namespace {

PowerTracker running() {
  PowerTracker tracker;
  tracker.lifecycle(VIR_DOMAIN_EVENT_SUSPENDED, VIR_DOMAIN_EVENT_SUSPENDED_PAUSED);  // it starts suspended
  tracker.lifecycle(VIR_DOMAIN_EVENT_STARTED, VIR_DOMAIN_EVENT_STARTED_BOOTED);
  tracker.lifecycle(VIR_DOMAIN_EVENT_RESUMED, VIR_DOMAIN_EVENT_RESUMED_UNPAUSED);
  return tracker;
}

}  // namespace

TEST_CASE("a running guest has no end", "[machine]") {
  const PowerTracker tracker = running();
  CHECK_FALSE(tracker.known());
  CHECK_FALSE(tracker.suspended());
  CHECK_FALSE(tracker.gone());
}

TEST_CASE("a power-off", "[machine]") {
  PowerTracker tracker = running();
  tracker.monitor("SHUTDOWN", R"({"guest":true,"reason":"guest-shutdown"})");
  CHECK_FALSE(tracker.known());
  tracker.lifecycle(VIR_DOMAIN_EVENT_SHUTDOWN, VIR_DOMAIN_EVENT_SHUTDOWN_GUEST);
  CHECK(tracker.known());
  CHECK_FALSE(tracker.gone());
  tracker.lifecycle(VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN);
  CHECK(tracker.gone());
  CHECK(tracker.end() == PowerEnd::powered_off);
  CHECK(tracker.detail() == "the guest powered off");
}

TEST_CASE("a reset is told from a power-off by the monitor's reason", "[machine]") {
  PowerTracker tracker = running();
  tracker.monitor("SHUTDOWN", R"({"guest":true,"reason":"guest-reset"})");
  tracker.lifecycle(VIR_DOMAIN_EVENT_SHUTDOWN, VIR_DOMAIN_EVENT_SHUTDOWN_GUEST);
  CHECK(tracker.end() == PowerEnd::rebooted);
  CHECK(tracker.detail() == "the guest asked for a reset");
}

TEST_CASE("a panic, by either event first", "[machine]") {
  PowerTracker monitor_first = running();
  monitor_first.monitor("GUEST_PANICKED", R"({"action":"pause"})");
  monitor_first.lifecycle(VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_DESTROYED);
  CHECK(monitor_first.end() == PowerEnd::panicked);
  PowerTracker lifecycle_first = running();
  lifecycle_first.lifecycle(VIR_DOMAIN_EVENT_CRASHED, VIR_DOMAIN_EVENT_CRASHED_PANICKED);
  CHECK(lifecycle_first.end() == PowerEnd::panicked);
  CHECK(lifecycle_first.detail() == "the guest reported a panic");
}

TEST_CASE("a watchdog leaves the guest standing", "[machine]") {
  PowerTracker tracker = running();
  tracker.lifecycle(VIR_DOMAIN_EVENT_SUSPENDED, VIR_DOMAIN_EVENT_SUSPENDED_WATCHDOG);
  CHECK(tracker.end() == PowerEnd::watchdog);
  CHECK(tracker.suspended());
  CHECK_FALSE(tracker.gone());
}

TEST_CASE("processors that stand still without a reason are QEMU's failure", "[machine]") {
  PowerTracker tracker = running();
  tracker.lifecycle(VIR_DOMAIN_EVENT_SUSPENDED, VIR_DOMAIN_EVENT_SUSPENDED_PAUSED);
  CHECK(tracker.suspended());
  CHECK_FALSE(tracker.known());
  tracker.undecided_stop();
  CHECK(tracker.end() == PowerEnd::failed);
  CHECK(tracker.detail() ==
        "QEMU stopped the guest's processors; under KVM that is an instruction it cannot run");
}

TEST_CASE("ends that are nobody's wish", "[machine]") {
  const auto [event, detail, words] = GENERATE(table<int, int, std::string>({
      {VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_FAILED, "QEMU ended unexpectedly"},
      {VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_DESTROYED,
       "the domain was destroyed by somebody else"},
      {VIR_DOMAIN_EVENT_SHUTDOWN, VIR_DOMAIN_EVENT_SHUTDOWN_HOST,
       "QEMU was told to end by somebody on the host"},
  }));
  PowerTracker tracker = running();
  tracker.lifecycle(event, detail);
  CHECK(tracker.end() == PowerEnd::failed);
  CHECK(tracker.detail() == words);
}

TEST_CASE("the first cause stands", "[machine]") {
  PowerTracker ours = running();
  ours.stop_requested();
  ours.lifecycle(VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_DESTROYED);
  CHECK(ours.end() == PowerEnd::stopped_by_us);
  CHECK(ours.detail() == "the power was cut by the lab");
  PowerTracker lost = running();
  lost.connection_lost();
  lost.stop_requested();
  CHECK(lost.gone());
  CHECK(lost.end() == PowerEnd::failed);
  CHECK(lost.detail() == "the connection to libvirt was lost");
}
