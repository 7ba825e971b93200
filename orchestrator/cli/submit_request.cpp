// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/submit_request.hpp"

#include "model/experiment_json.hpp"

namespace klab::cli {

Result<ExperimentRequest> submit_request(const SubmitOptions& options,
                                         const std::vector<RawSource>& sources) {
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
  arm.machine = options.machine;

  ExperimentRequest request;
  request.title = options.title;
  request.workloads = options.workloads;
  request.boots = options.boots;
  request.seed = options.seed;
  request.delta = options.delta;
  request.profile = options.profile;
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
  return request;
}

}  // namespace klab::cli
