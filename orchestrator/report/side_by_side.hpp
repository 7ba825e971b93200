// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "model/comparison.hpp"

namespace klab::report {

// The same two variants compared on several machines: one table for each primary metric, a line for each case,
// and in it for each machine both medians, the change and its verdict. Points into the report.

struct MachineColumn {
  std::string machine;
  const Comparison* comparison = nullptr;
};

struct SideBySideLine {
  std::string case_name;
  std::vector<const ComparisonRow*> rows;  // one for each machine; null where it has no such row
};

struct SideBySide {
  std::string reference;  // titles of the two arms on the first machine
  std::string patched;
  std::string workload;
  const Metric* metric = nullptr;
  std::vector<MachineColumn> machines;  // at least two, in the order of the contrasts
  std::vector<SideBySideLine> lines;
};

// Empty unless the same variants are compared on more than one machine.
std::vector<SideBySide> side_by_side(const Report& report);

// Every arm stands in those tables, so a table of all arms would say nothing else.
bool covers_all_arms(const std::vector<SideBySide>& tables, const Report& report);

// "workqueue: p95 (ns, lower is better), patched against baseline"
std::string side_by_side_caption(const SideBySide& table);

// The tables in text, under one heading; empty when there are none. A mark stands for the verdict, said below
// the table; of more machines than fit `width`, two stand in each table. `labels` stand beside every caption.
std::string side_by_side_text(const std::vector<SideBySide>& tables, const std::string& labels, std::size_t width);

// One character that tells the verdicts apart in a narrow column.
std::string_view mark(Verdict verdict);

}  // namespace klab::report
