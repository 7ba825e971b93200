// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/summarise.hpp"

#include <catch2/catch.hpp>
#include <limits>

using namespace klab;

TEST_CASE("median of odd and even counts") {
  CHECK(median({3}) == 3.0);
  CHECK(median({3, 1, 2}) == 2.0);
  CHECK(median({4, 1, 3, 2}) == 2.5);
  CHECK(median({1e308, 1e308}) == 1e308);
}

TEST_CASE("a summary is the median of the passes that are no warm-up") {
  const std::vector<Sample> samples{
      {"wq", "cpu", "throughput", 0, true, 50},
      {"wq", "cpu", "p95", 0, true, 9},
      {"wq", "cpu", "throughput", 1, false, 102},
      {"wq", "numa", "throughput", 1, false, 30},
      {"wq", "cpu", "throughput", 2, false, 100},
      {"wq", "cpu", "throughput", 3, false, 101},
      {"lru", "cpu", "throughput", 1, false, 7},
      {"lru", "cpu", "throughput", 2, false, std::numeric_limits<double>::quiet_NaN()}};
  const std::vector<Summary> summaries = summarise(samples);
  REQUIRE(summaries.size() == 3);  // p95 has only its warm-up pass
  CHECK(summaries[0].workload == "wq");
  CHECK(summaries[0].case_name == "cpu");
  CHECK(summaries[0].metric == "throughput");
  CHECK(summaries[0].value == 101.0);
  CHECK(summaries[0].passes == 3);
  CHECK(summaries[1].case_name == "numa");
  CHECK(summaries[1].value == 30.0);
  CHECK(summaries[2].workload == "lru");
  CHECK(summaries[2].value == 7.0);
  CHECK(summaries[2].passes == 1);
  CHECK(summarise({}).empty());
}
