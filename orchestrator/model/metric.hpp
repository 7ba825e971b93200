// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace klab {

enum class Better { higher, lower };
std::string_view name(Better better);  // "higher", "lower"
std::optional<Better> better_from_name(std::string_view name);

// A metric as a workload.toml declares it.
struct Metric {
  std::string name;
  std::string unit;
  Better better = Better::higher;
  bool primary = false;     // belongs to the family whose error rate is held
  double min_change = 0.0;  // least absolute change that matters, in `unit`; for rows with values <= 0
};

// One value a workload printed.
struct Sample {
  std::string workload;
  std::string case_name;
  std::string metric;
  int pass = 0;          // 0 is the first pass of the case in this boot
  bool warmup = false;   // stored, never summarised
  double value = 0.0;
};

// What a workload.toml lets a pass say about how it was measured, in words.
struct FactDefinition {
  std::string name;
  std::string description;
  bool shown = true;  // below the table; else only in the JSON and with the boot
};

// What one pass said.
struct Fact {
  std::string workload;
  std::string case_name;
  std::string name;
  int pass = 0;
  bool warmup = false;
  std::string text;
};

// A case the booted kernel does not have: shown as n/a with the reason, never as a number.
struct UnavailableCase {
  std::string workload;
  std::string case_name;
  std::string reason;
};

// The one number per boot, case and metric: the median of the passes kept.
struct Summary {
  std::string workload;
  std::string case_name;
  std::string metric;
  double value = 0.0;
  int passes = 0;
};

}  // namespace klab
