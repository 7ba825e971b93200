// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/metric.hpp"
#include "model/series.hpp"
#include "model/variant.hpp"

namespace klab {

// What a client asks for: names and raw mail, nothing checked yet. Empty fields take the
// configuration's defaults.
struct SourceBytes {
  std::string name;  // as the user named it
  std::string bytes;
};
struct SeriesRequest {
  std::string name;
  std::vector<SourceBytes> sources;
  std::optional<int> version;
};
struct ArmRequest {
  std::string label;
  std::string tree;
  std::string base;    // a ref of the tree; empty: resolved from the series, else the tree's default
  std::string series;  // name of a SeriesRequest; empty: the tree as it is
  std::optional<PatchRange> patches;
  std::string kconfig_base;
  std::vector<std::string> kconfigs;
  std::optional<std::string> command_line;  // added to the machine's own; unset: the configuration's, empty: nothing
  std::string machine;
  std::string title = {};    // in the table of all arms; empty: the label
  std::string heading = {};  // of the arms that stand together there; may be empty
};
struct ContrastRequest {
  std::string reference;  // labels of arms
  std::string patched;
};
struct ExperimentRequest {
  std::string title;
  std::vector<SeriesRequest> series;
  std::vector<ArmRequest> arms;
  std::vector<ContrastRequest> contrasts;  // empty: the first arm against each other arm
  std::vector<std::string> workloads;      // "workqueue:profile=full,wq_items=100"
  std::optional<int> boots;
  std::optional<std::uint64_t> seed;
  std::optional<double> delta;
  bool profile = false;
  bool confirm = false;
};

// What the daemon has checked and stores: enough to run it with nothing else at hand.
struct ArmPlan {
  std::string label;
  std::string tree;
  std::string base;  // ref asked for, may be empty
  std::optional<std::size_t> series;  // index into ExperimentPlan::series
  std::optional<PatchRange> patches;  // of that series; unset: all
  Kconfig kconfig;
  std::string command_line;
  std::string machine;
  Architecture architecture = Architecture::x86_64;
  std::string title = {};
  std::string heading = {};
  std::string machine_request = {};  // labels of hosts, where no machine was named; `machine` is the same until one is assigned
};
struct WorkloadPlan {
  std::string name;
  std::string request;  // as asked for
  std::string hash;     // of the workload's folder
  std::map<std::string, std::string> parameters;
  std::vector<Metric> metrics;
  std::vector<FactDefinition> facts = {};
  std::optional<std::size_t> instrument = {};  // index into ExperimentPlan::series; applied under every arm
};
struct ExperimentPlan {
  std::string title;
  std::string submitter;
  std::vector<Series> series;
  std::vector<ArmPlan> arms;
  std::vector<std::pair<std::size_t, std::size_t>> contrasts;  // (reference, patched): indices into arms
  std::vector<WorkloadPlan> workloads;
  int boots = 5;
  std::uint64_t seed = 1;
  double delta = 0.02;
  bool profile = false;  // one more boot per arm that is not measured and tells where time goes
  bool confirm = false;  // fresh boots of all arms, once, where a verdict is suggestive or near its threshold
};

// One attempt to find the commit that an arm is built on.
struct BaseAttempt {
  std::string way;     // "--base", "base-commit", "blob ids", "default ref"
  std::string wanted;  // the ref or the blobs it went by
  bool taken = false;
  std::string why;
  std::string words;  // git's own, where it refused; may be empty
};

enum class ExperimentState { queued, building, measuring, done };
std::string_view name(ExperimentState state);
std::optional<ExperimentState> experiment_state_from_name(std::string_view name);

}  // namespace klab
