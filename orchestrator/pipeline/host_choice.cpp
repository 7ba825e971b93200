// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/host_choice.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace klab {
namespace {

using Candidates = std::vector<std::vector<std::string>>;

// Finds `wish` a host, moving earlier wishes to others where that helps.
bool place(const Candidates& candidates, std::size_t wish, std::map<std::string, std::size_t>& taken, std::set<std::string>& tried) {
  for (const auto& host : candidates[wish]) {
    if (!tried.insert(host).second) continue;
    const auto holder = taken.find(host);
    if (holder == taken.end() || place(candidates, holder->second, taken, tried)) {
      taken[host] = wish;
      return true;
    }
  }
  return false;
}

bool possible(const Candidates& candidates) {
  std::map<std::string, std::size_t> taken;
  for (std::size_t wish = 0; wish < candidates.size(); ++wish) {
    std::set<std::string> tried;
    if (!place(candidates, wish, taken, tried)) return false;
  }
  return true;
}

}  // namespace

std::optional<std::vector<std::string>> choose_hosts(const Candidates& candidates) {
  if (!possible(candidates)) return std::nullopt;
  // Each wish in turn gets the first host that leaves the others a way.
  Candidates left = candidates;
  std::vector<std::string> chosen;
  for (std::size_t wish = 0; wish < left.size(); ++wish) {
    const auto all = left[wish];
    for (const auto& host : all) {
      if (std::find(chosen.begin(), chosen.end(), host) != chosen.end()) continue;
      left[wish] = {host};
      if (!possible(left)) continue;
      chosen.push_back(host);
      break;
    }
  }
  return chosen;
}

}  // namespace klab
