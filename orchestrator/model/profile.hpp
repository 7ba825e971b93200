// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace klab {

// Samples a second on each CPU in a boot that is profiled; no divisor or multiple of a tick.
inline constexpr int profile_hz = 997;

struct ProfileSymbol {
  std::string symbol;
  std::string module;  // empty: the kernel proper
  std::int64_t samples = 0;
};

// Where the CPUs were during the kept passes of one case, in one boot.
struct CaseProfile {
  std::string workload;
  std::string case_name;
  std::string method;  // "cycles" or "cpu-clock"
  std::int64_t hz = 0;
  std::int64_t samples = 0;  // all of them: user + idle + runner + other + those of `symbols`
  std::int64_t user = 0;
  std::int64_t idle = 0;
  std::int64_t runner = 0;  // the guest's runner and sampler
  std::int64_t other = 0;   // kernel functions that are not among the hottest
  std::int64_t lost = 0;    // dropped by the guest; not in `samples`
  std::vector<ProfileSymbol> symbols;  // the hottest, hottest first

  // What shares are of.
  std::int64_t busy() const { return samples - idle - runner; }
};

// One arm's boot that was profiled and not measured.
struct ArmProfile {
  std::string label;
  std::string boot;     // identifier; empty: there was none yet
  std::string trouble;  // why it has no profile, or not a whole one
  // Samples come by an interrupt that waits while interrupts are off.
  bool waits = true;
  std::vector<CaseProfile> cases;
};
struct ContrastProfile {
  ArmProfile reference;
  ArmProfile patched;
};

}  // namespace klab
