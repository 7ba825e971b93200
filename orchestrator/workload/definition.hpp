// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/metric.hpp"
#include "util/result.hpp"

namespace klab {

// A workload is a folder with a workload.toml; these are plain values read from it. Anyone may hold
// and copy them; no thread owns them.

struct Parameter {
  std::string name;
  std::string default_value;
  std::string description;
  std::vector<std::string> choices;     // empty: anything
  bool whole_number = false;            // the default is one, so every value must be
  std::optional<std::int64_t> minimum;  // of whole numbers
  std::optional<std::int64_t> maximum;
};

// Named settings: parameters, and perhaps passes and the time limit of a pass.
struct Profile {
  std::map<std::string, std::string> parameters;
  std::optional<int> passes;
  std::optional<std::chrono::seconds> pass_timeout;
};

struct WorkloadDefinition {
  std::string name;  // equals the folder's name
  std::string description;
  std::vector<std::string> cases;  // empty: one case, whose name is ""
  std::vector<Metric> metrics;
  std::set<std::string> optional_metrics;  // a pass without them is complete
  std::vector<FactDefinition> facts;
  std::map<std::string, Parameter> parameters;
  std::map<std::string, Profile> profiles;
  std::string default_profile;  // empty: defaults only
  std::filesystem::path path;   // the folder
  std::string run;              // program in the folder, run once per case and pass
  // Folder with a Kbuild, relative to `path`, built against every kernel outside its tree; or empty.
  std::filesystem::path module;
  // Modules of the kernel's own build, relative to its root, taken along where they exist.
  std::vector<std::filesystem::path> tree_modules;
  // Folder with C sources, relative to `path`, made into one static program for the guest; or empty.
  std::filesystem::path program;
  // What every kernel of an experiment with this workload needs: fragments, words on its command line, and
  // a folder of patches/ that is applied under every arm.
  std::vector<std::string> kconfigs;
  std::string command_line;
  std::string instrument;
  int passes = 3;  // kept; one warm-up pass comes before
  std::chrono::seconds pass_timeout{60};
  std::string hash;  // SHA-256 over names, contents and executable bits of every file of the folder

  // `cases`, or the one nameless case.
  std::vector<std::string> case_names() const;
  // klab_<name> with '-' made '_': the module's name and the program's.
  std::string binary_name() const;
};

// A workload with every parameter settled.
struct WorkloadRun {
  WorkloadDefinition definition;
  std::string profile;
  std::map<std::string, std::string> parameters;  // every parameter of the definition
  int passes = 3;                                 // kept, without the warm-up
  std::chrono::seconds pass_timeout{60};
};

// Errors are of kind input: cannot read workload "<file>": line <n>, key <key>: <cause>.
Result<WorkloadDefinition> load_workload(const std::filesystem::path& folder);

// `request` is what a user writes: workqueue, or workqueue:profile=full,wq_items=100,passes=5.
// What is named overrides the profile, the profile overrides the defaults.
Result<WorkloadRun> resolve(const WorkloadDefinition& definition, std::string_view request);

// The workload's name in such a request.
std::string_view requested_workload(std::string_view request);

}  // namespace klab
