// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/comparison.hpp"

namespace klab::report {

// The rows of a comparison in the order in which a reader meets them. Everything points into the
// Comparison it was made from, which must outlive it.

struct MetricGroup {
  const Metric* metric = nullptr;
  std::vector<const ComparisonRow*> rows;  // one per case, as first met
};

struct WorkloadGroup {
  std::string workload;
  std::vector<MetricGroup> metrics;  // as first met
  // The workload's first primary metric and the next primary one: the columns of the short table.
  std::optional<std::pair<std::size_t, std::size_t>> summary;
};

std::vector<WorkloadGroup> outline(const Comparison& comparison);

// The row of `case_name` in `group`, or null.
const ComparisonRow* find_case(const MetricGroup& group, const std::string& case_name);

// What must be said of single cases, equal sentences said once: "cache, numa: ...".
std::vector<std::string> notes(const WorkloadGroup& group);

std::size_t family_size(const Comparison& comparison);

// Verdicts that occur, each once, in the order of the enumeration.
std::vector<Verdict> verdicts(const Report& report);

// Distinct coverages of the intervals, ascending.
std::vector<double> coverages(const Report& report);

}  // namespace klab::report
