// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "console/watcher.hpp"
#include "machine/machine.hpp"
#include "store/boot_store.hpp"
#include "workload/results.hpp"

namespace klab {

// How long each part of a boot may take.
struct BootLimits {
  std::chrono::milliseconds boot{60'000};     // until the runner's first frame
  std::chrono::milliseconds silence{60'000};  // neither console nor results
  std::chrono::milliseconds run{600'000};     // the whole boot
  std::chrono::milliseconds report{10'000};   // for the rest of a crash report
  std::chrono::milliseconds quiet{500};       // without a byte after a report that looks whole: a panic may follow it
  std::chrono::milliseconds settle{2'000};     // for a crash to show that explains wrong results
  std::chrono::milliseconds diagnosis{4'000};  // for backtraces after an NMI into a hung guest
  std::chrono::milliseconds power_off{15'000};  // from the last result to the guest's own power-off
  bool must_power_off = true;  // not a host: a kernel of a few drivers cannot power every board off
};
// The machine's, or more where the workloads may take more: a pass within its pass_timeout may say nothing
// all the while, and all passes within theirs are no hang.
BootLimits boot_limits(const MachineSpec& machine, const std::vector<WorkloadRun>& workloads);

struct BootJob {
  BootSpec spec;
  std::vector<WorkloadRun> workloads;
  std::string nonce;
  BootLimits limits;
  std::size_t console_limit = 4u << 20;
  std::size_t results_limit = 16u << 20;
  Acceleration acceleration = Acceleration::tcg;  // as far as it is known before the guest has spoken
  bool profiled = false;  // the job has a profile; what it measures is dropped
};

// Told whenever a boot has come further; may be empty.
using BootProgressSink = std::function<void(BootStage, const BootProgress&)>;

// One boot from power-on to power-off and what came of it; `after` and `finished` are left to the
// caller. Never fails: a broken lab is outcome lab_error, a requested stop is outcome interrupted.
// The machine is powered off and silent when it resumes. On the reactor thread.
boost::asio::awaitable<BootEnd> run_boot(Machine& machine, BootJob job, BootProgressSink progress, std::stop_token stop);

}  // namespace klab
