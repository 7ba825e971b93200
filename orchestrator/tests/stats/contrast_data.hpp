// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "model/comparison.hpp"
#include "stats/order.hpp"
#include "util/random.hpp"

namespace klab::stats_test {

using Values = std::vector<double>;

inline ArmData arm(std::string label, std::size_t boots, int failed = 0) {
  ArmData data;
  data.label = label;
  data.failed = failed;
  for (std::size_t i = 1; i <= boots; ++i) data.boots.push_back({label + std::to_string(i), 0});
  return data;
}

inline RowData row(std::string case_name, const Values& reference, const Values& patched) {
  RowData data;
  data.workload = "workqueue";
  data.case_name = std::move(case_name);
  data.metric = {"throughput", "items/s", Better::higher, true, 0.0};
  data.reference.assign(reference.begin(), reference.end());
  data.patched.assign(patched.begin(), patched.end());
  return data;
}

inline ContrastData contrast(std::vector<RowData> rows) {
  ContrastData data;
  data.reference = arm("base", rows.front().reference.size());
  data.patched = arm("series", rows.front().patched.size());
  data.rows = std::move(rows);
  return data;
}

// Gives the boots of both arms the slots of an order (element s: arm of slot s+1).
inline void set_slots(ContrastData& data, const std::vector<int>& order) {
  std::size_t next[2] = {0, 0};
  for (std::size_t slot = 0; slot < order.size(); ++slot) {
    ArmData& arm = order[slot] == 0 ? data.reference : data.patched;
    arm.boots.at(next[order[slot] == 0 ? 0 : 1]++).slot = static_cast<int>(slot) + 1;
  }
}

// Roughly normal, mean 0, sd 1: the sum of twelve uniform numbers.
inline double noise(Random& random) {
  double sum = -6.0;
  for (int i = 0; i < 12; ++i) sum += static_cast<double>(random.below(1u << 30)) / (1u << 30);
  return sum;
}

inline const Values kA{100, 101, 99, 102, 98};
inline const Values kCase1{117, 118, 116, 119, 115};

}  // namespace klab::stats_test
