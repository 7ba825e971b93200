// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "model/comparison.hpp"

namespace klab::report {

// All arms of an experiment under one another, as authors print them: one table for each case of a primary
// metric, a line for each arm, the change against the arm it was compared with. Points into the report.

struct ArmsLine {
  const ReportArm* arm = nullptr;
  std::optional<double> median;
  const ComparisonRow* row = nullptr;  // where the arm is the patched side; null: it is nobody's
  std::string reference;               // label of the arm that row compares it with
};

struct ArmsGroup {
  std::string heading;  // may be empty
  std::vector<ArmsLine> lines;
};

struct ArmsTable {
  std::string workload;
  std::string case_name;
  const Metric* metric = nullptr;
  std::vector<ArmsGroup> groups;
  // Some arm is compared with another than the first of its group, so each line must say with which.
  bool names_references = false;
};

// Empty for an experiment of two arms: its comparison says the same.
std::vector<ArmsTable> arms_tables(const Report& report);

// "workqueue, numa: p95 (ns, lower is better)"
std::string arms_caption(const ArmsTable& table);

}  // namespace klab::report
