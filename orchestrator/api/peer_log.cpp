// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/peer_log.hpp"

#include "util/text.hpp"

namespace klab {
namespace {

constexpr int lines_an_hour = 5;
constexpr std::size_t most_peers = 64;  // further ones share one
constexpr const char* others = "other addresses";

}  // namespace

void PeerLog::count(const std::string& peer, Hour& hour, std::vector<std::string>& told) {
  if (const auto untold = hour.lines.untold(); untold > 0)
    told.push_back(fmt::format("{}: {} more requests in vain, which are not listed", peer, with_thousands(static_cast<long long>(untold))));
}

std::vector<std::string> PeerLog::take(const std::string& peer, std::string line, Clock::time_point now) {
  std::vector<std::string> told;
  for (auto hour = hours_.begin(); hour != hours_.end();) {
    if (now - hour->second.began < std::chrono::hours(1)) {
      ++hour;
      continue;
    }
    count(hour->first, hour->second, told);
    hour = hours_.erase(hour);
  }
  const std::string& counted = hours_.contains(peer) || hours_.size() < most_peers ? peer : others;
  auto& hour = hours_.try_emplace(counted, Hour{now, FirstFew(lines_an_hour)}).first->second;
  if (hour.lines.take()) told.push_back(std::move(line));
  return told;
}

std::vector<std::string> PeerLog::finish() {
  std::vector<std::string> told;
  for (auto& [peer, hour] : hours_) count(peer, hour, told);
  hours_.clear();
  return told;
}

}  // namespace klab
