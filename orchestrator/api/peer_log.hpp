// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "util/first_few.hpp"

namespace klab {

// What is told in the log of requests in vain: of each address the first few within an hour, then how many there were.
// Hosts under test run kernels that nobody trusts, and may ask as often as they like, from as many addresses. Plain object.
class PeerLog {
 public:
  using Clock = std::chrono::steady_clock;
  // What to log now: counts of hours that are over, and `line` unless its peer has had his share.
  std::vector<std::string> take(const std::string& peer, std::string line, Clock::time_point now);
  // The counts that are left, at the end.
  std::vector<std::string> finish();

 private:
  struct Hour {
    Clock::time_point began;
    FirstFew lines;
  };
  static void count(const std::string& peer, Hour& hour, std::vector<std::string>& told);
  std::map<std::string, Hour> hours_;  // by peer
};

}  // namespace klab
