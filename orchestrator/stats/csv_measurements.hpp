// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/metric.hpp"
#include "util/result.hpp"

namespace klab {

// One line of an imported file. What the line leaves empty, or the file has no column for, is not set.
struct Measurement {
  int line = 0;
  std::string arm;
  std::string boot;
  std::optional<int> slot;
  std::string workload;
  std::string case_name;
  std::string metric;
  std::optional<std::string> unit;
  std::optional<Better> better;
  std::optional<bool> primary;
  std::optional<double> min_change;
  double value = 0.0;  // may be NaN or infinite
};

struct Measurements {
  std::vector<Measurement> lines;
  std::vector<std::string> notes;  // columns left aside, defaults taken
};

// Columns as in csv_import.hpp. The error (kind input) has the message without the file's name:
// "line L: what is wrong; remedy".
Result<Measurements> read_measurements(std::string_view text);

}  // namespace klab
