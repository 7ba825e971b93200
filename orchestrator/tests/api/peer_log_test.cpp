// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/peer_log.hpp"

#include <catch2/catch.hpp>

using namespace klab;
using namespace std::chrono_literals;

namespace {

using Lines = std::vector<std::string>;
const PeerLog::Clock::time_point noon = PeerLog::Clock::time_point(12h);

Lines ask(PeerLog& log, const std::string& peer, int times, PeerLog::Clock::time_point when) {
  Lines all;
  for (int i = 0; i < times; ++i) {
    const auto told = log.take(peer, peer + " asked", when);
    all.insert(all.end(), told.begin(), told.end());
  }
  return all;
}

}  // namespace

TEST_CASE("of an address the first requests in vain are told one by one, the others by their number") {
  PeerLog log;
  CHECK(ask(log, "a", 1000, noon) == Lines(5, "a asked"));
  CHECK(ask(log, "b", 2, noon) == Lines(2, "b asked"));
  CHECK(ask(log, "a", 6, noon + 59min) == Lines{});
  CHECK(ask(log, "b", 1, noon + 1h) == Lines{"a: 1,001 more requests in vain, which are not listed", "b asked"});
  CHECK(ask(log, "a", 7, noon + 1h) == Lines(5, "a asked"));
  CHECK(log.finish() == Lines{"a: 2 more requests in vain, which are not listed"});
  CHECK(log.finish() == Lines{});
}

TEST_CASE("somebody with any number of addresses is told of no more than a few hundred times") {
  PeerLog log;
  std::size_t told = 0;
  for (int i = 0; i < 10'000; ++i) told += ask(log, fmt::format("peer {}", i), 10, noon).size();
  CHECK(told == (64 + 1) * 5);
  const auto counts = log.finish();
  REQUIRE(counts.size() == 65);
  CHECK(counts.front() == "other addresses: 99,355 more requests in vain, which are not listed");
}
