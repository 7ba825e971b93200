// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/submit_request.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "model/experiment_json.hpp"
#include "util/text.hpp"

namespace klab::cli {

namespace {

Result<void> check_combination(const SubmitOptions& options) {
  const bool prefixes = options.every_prefix || !options.prefixes.empty();
  const int ways = (prefixes ? 1 : 0) + (options.versions.empty() ? 0 : 1) + (options.patches.empty() ? 0 : 1);
  if (options.aa && prefixes) return input_error("cannot use --prefixes with --aa: an A/A run has no series");
  if (options.aa && !options.versions.empty()) return input_error("cannot use --versions with --aa: an A/A run has no series");
  if (ways > 1) return input_error("cannot use --patches, --prefixes and --versions together: give one of them");
  if (options.version && !options.versions.empty())
    return input_error("cannot use --version with --versions: the latter names them all");
  if (options.versions.size() == 1) return input_error("cannot compare one version with itself: give two or more, such as --versions 2,3");
  return {};
}

void compare_each_with_the_one_before(ExperimentRequest& request) {
  request.contrasts.clear();
  for (std::size_t i = 1; i < request.arms.size(); ++i)
    request.contrasts.push_back({request.arms[i - 1].label, request.arms[i].label});
}

// patches 1-3 are called "1-3", the first alone "1".
Result<void> use_prefixes(ExperimentRequest& request, const ArmRequest& arm, std::vector<int> ends) {
  for (std::size_t i = 0; i < ends.size(); ++i)
    if (ends[i] < 1 || (i > 0 && ends[i] <= ends[i - 1]))
      return input_error("cannot use the prefixes {}: give ascending numbers of patches, such as 3,7", fmt::join(ends, ","));
  request.arms.resize(1);
  for (const int end : ends) {
    auto& prefix = request.arms.emplace_back(arm);
    prefix.series = "series";
    prefix.patches = PatchRange{1, end};
    prefix.label = "patches-" + format_patch_range(*prefix.patches);
    prefix.title = fmt::format("patch{} {}", end == 1 ? "" : "es", format_patch_range(*prefix.patches));
  }
  compare_each_with_the_one_before(request);
  return {};
}

// Every version stands on its own base, which its mails name; the unpatched tree is no arm.
void use_versions(ExperimentRequest& request, const ArmRequest& arm, const std::vector<int>& versions) {
  const auto sources = std::move(request.series.front().sources);
  request.series.clear();
  request.arms.clear();
  for (const int version : versions) {
    auto& series = request.series.emplace_back();
    series.name = fmt::format("v{}", version);
    series.version = version;
    series.sources = sources;
    auto& entry = request.arms.emplace_back(arm);
    entry.label = entry.series = series.name;
  }
  compare_each_with_the_one_before(request);
}

// Labels of hosts as part of an arm's label: "pool=small,rack=3" is "pool-small+rack-3".
std::string as_label(std::string machine) {
  std::replace(machine.begin(), machine.end(), '=', '-');
  std::replace(machine.begin(), machine.end(), ',', '+');
  return machine;
}

// Every arm on every machine, with that machine's name behind its label, and every contrast within each.
ExperimentRequest on_each(const ExperimentRequest& one, const std::vector<std::string>& machines) {
  ExperimentRequest all = one;
  all.arms.clear();
  all.contrasts.clear();
  for (const auto& machine : machines) {
    for (ArmRequest arm : one.arms) {
      if (arm.title.empty()) arm.title = arm.label;
      arm.heading = arm.machine = machine;
      arm.label += "-" + as_label(machine);
      all.arms.push_back(std::move(arm));
    }
    for (const auto& contrast : one.contrasts)
      all.contrasts.push_back({contrast.reference + "-" + as_label(machine), contrast.patched + "-" + as_label(machine)});
  }
  return all;
}

Result<ExperimentRequest> on_one_machine(const SubmitOptions& options, const std::vector<RawSource>& sources, int patches) {
  if (auto allowed = check_combination(options); !allowed) return allowed.error();
  if (options.aa && (!sources.empty() || !options.sources.empty()))
    return input_error(
        "cannot submit an A/A run with a series: --aa compares the base with itself; leave out one of them");
  if (options.aa && !options.patches.empty())
    return input_error("cannot use --patches with --aa: an A/A run has no series");
  if (!options.aa && sources.empty())
    return input_error(
        "cannot submit: no series given; name mbox or patch files, a directory, a git range or \"-\"");

  ArmRequest arm;
  arm.tree = options.tree;
  arm.base = options.base;
  arm.kconfig_base = options.kconfig_base;
  arm.kconfigs = options.kconfigs;
  arm.command_line = options.command_line;
  // None named: the configuration's own, which the daemon knows.
  if (!options.machines.empty()) arm.machine = options.machines.front();

  ExperimentRequest request;
  request.title = options.title;
  request.workloads = options.workloads;
  request.boots = options.boots;
  request.seed = options.seed;
  request.delta = options.delta;
  request.profile = options.profile;
  request.confirm = options.confirm;
  request.arms = {arm, arm};
  request.arms[0].label = options.aa ? "aa-1" : "baseline";
  request.arms[1].label = options.aa ? "aa-2" : "patched";
  request.contrasts = {{request.arms[0].label, request.arms[1].label}};
  if (options.aa) {
    if (request.title.empty()) request.title = "A/A: the base against itself";
    return request;
  }

  if (!options.patches.empty()) {
    auto range = parse_patch_range(options.patches);
    if (!range) return range.error();
    request.arms[1].patches = *range;
  }
  SeriesRequest series;
  series.name = "series";
  series.version = options.version;
  for (const auto& source : sources) series.sources.push_back({source.name, source.bytes});
  request.series.push_back(std::move(series));
  request.arms[1].series = "series";
  if (!options.versions.empty()) use_versions(request, arm, options.versions);
  std::vector<int> ends = options.prefixes;
  for (int end = 1; options.every_prefix && end <= patches; ++end) ends.push_back(end);
  if (!ends.empty())
    if (auto used = use_prefixes(request, arm, std::move(ends)); !used) return used.error();
  return request;
}

}  // namespace

Result<ExperimentRequest> submit_request(const SubmitOptions& options, const std::vector<RawSource>& sources,
                                         int patches) {
  auto machines = options.machines;
  std::sort(machines.begin(), machines.end());
  if (const auto twice = std::adjacent_find(machines.begin(), machines.end()); twice != machines.end())
    return input_error("cannot use the machine \"{}\" twice in one experiment", printable(*twice));
  auto request = on_one_machine(options, sources, patches);
  if (!request || machines.size() < 2) return request;
  return on_each(*request, options.machines);
}

}  // namespace klab::cli
