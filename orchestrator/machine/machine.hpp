// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "model/boot.hpp"
#include "model/host.hpp"
#include "util/result.hpp"

namespace klab {

// How a boot's machine came to rest.
enum class PowerEnd {
  powered_off,    // the guest powered itself off
  rebooted,       // the guest asked for a reset; it is not carried out
  panicked,       // the guest told the machine of its panic (pvpanic)
  watchdog,       // the guest's watchdog device fired; the guest stands still and can be looked at
  stopped_by_us,  // power_off() during the boot
  failed,         // the machine itself gave up; the detail says what is known
};
std::string_view name(PowerEnd end);  // "powered off", "rebooted", ...

// The first line the guest's init writes to the console; see images/README.md.
inline constexpr std::string_view kInitMarker = "klab: init";

// Receives one boot. Called on the reactor thread, never from within start(). Not owned by the machine:
// must live until power_off() of that boot has completed. Every start() that succeeded is followed by any
// number of console() and results() and then by exactly one ended(), which is the last call: both channels
// have been read to their end by then, except that after `watchdog` the guest still exists.
class BootEvents {
 public:
  virtual ~BootEvents() = default;
  virtual void console(std::string_view bytes) = 0;
  virtual void results(std::string_view bytes) = 0;
  virtual void ended(PowerEnd end, std::string detail) = 0;
  // What the laboratory itself has to say of the boot, one line: a console that was lost for a while, a result
  // that was refused, when the kernel was fetched. Kept with the boot, at its place in the console's log.
  virtual void note(std::string text) = 0;
  // The kernel is still being brought to the machine: firmware, DHCP, downloads, for which the machine has
  // its own limits. The boot's limits begin to count with loaded().
  virtual void loading() = 0;
  virtual void loaded() = 0;
  // The way by which results come is cut, or is there again: what is missing then is no fault of the guest's.
  virtual void results_cut(bool cut) = 0;
};

// Where a boot happens: one boot at a time. All members are called and resumed on the reactor thread;
// a machine must outlive its running coroutines. Errors are of kind lab (the laboratory is broken) or
// input (the configuration or the boot cannot be right); a guest that misbehaves is a PowerEnd.
class Machine {
 public:
  virtual ~Machine() = default;
  virtual const MachineSpec& spec() const = 0;

  // Connects, removes what a former life of this lab left behind, and decides the acceleration, by booting
  // `probe` where that is in doubt. The answer is kept as long as the connection lives.
  virtual boost::asio::awaitable<Result<Acceleration>> prepare(BootSpec probe) = 0;

  // Powers the machine on; prepare() must have succeeded. `events` is called from then on.
  virtual boost::asio::awaitable<Result<void>> start(BootSpec boot, BootEvents& events) = 0;

  // Cuts the power and removes everything of the boot; harmless when nothing runs. During a boot ended()
  // is called with stopped_by_us before this resumes; afterwards no call comes any more, not after an error
  // either, which only leaves open whether the power is off. Must be awaited after every start(), also when
  // the boot has ended by itself.
  virtual boost::asio::awaitable<Result<void>> power_off() = 0;

  virtual boost::asio::awaitable<Result<HostFingerprint>> fingerprint() = 0;
  // As far as it is known without blocking; a host that cannot be read gives governor "n/a".
  virtual HostState host_state() = 0;
};

// An optional ability of a machine: found by dynamic_cast.
class Diagnosable {
 public:
  virtual ~Diagnosable() = default;
  // The running guest gets a non-maskable interrupt, which makes it print backtraces of its CPUs.
  virtual boost::asio::awaitable<Result<void>> inject_nmi() = 0;
};

// An optional ability: the machine is a host, that is a computer of its own that others may want too.
class Host {
 public:
  virtual ~Host() = default;
  // Looks without changing anything, and not during a boot. Never fails: what cannot be reached is a finding.
  virtual boost::asio::awaitable<std::vector<ProbeFinding>> probe() = 0;
  // An experiment is through with it, or a former life of this lab left it running: powers it off, or leaves
  // it on with its own system, as configured.
  virtual boost::asio::awaitable<Result<void>> end_use() = 0;
  // What job.conf has to say of how the guest of the coming boot sends its results; see images/README.md.
  virtual std::string results_statement(const std::string& boot) = 0;
};

}  // namespace klab
