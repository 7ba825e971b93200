// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "intake/mailbox.hpp"
#include "model/experiment.hpp"
#include "util/result.hpp"

namespace klab::cli {

// What `klab submit` was given; unset fields, and texts and lists that are empty, take the configuration's defaults, in the daemon.
struct SubmitOptions {
  std::vector<std::string> sources;
  std::string tree;
  std::string base;
  std::string patches;  // "3" or "1-3"
  std::vector<std::string> kconfigs;
  std::string kconfig_base;
  std::optional<std::string> command_line;  // empty: not even the configuration's
  std::vector<std::string> machines;
  std::vector<std::string> workloads;
  std::optional<int> boots;
  std::optional<std::uint64_t> seed;
  std::optional<double> delta;
  std::string title;
  std::optional<int> version;
  std::vector<int> versions;   // compare these with one another; the first is the reference of the next
  std::vector<int> prefixes;   // compare the patches 1 to each of these, each with the one before
  bool every_prefix = false;   // as prefixes 1, 2, 3, ...
  std::string repository = ".";
  bool profile = false;
  bool confirm = false;
  bool aa = false;
  bool wait = false;
  bool json = false;
};

// Two arms on one machine that differ in the series alone: "baseline" without it and "patched" with it; for
// an A/A run "aa-1" and "aa-2", the same kernel twice. Prefixes of the series make an arm each, "1", "1-2", ...,
// and are compared with the one before, the first with "baseline"; versions make an arm each, "v2", "v3", and
// are compared alike. `patches` is the number of patches of the series, for every_prefix. Pure. Errors are of
// kind input. Of several machines every arm and contrast is made for each, its label with the machine's name
// behind it: "baseline-vm".
Result<ExperimentRequest> submit_request(const SubmitOptions& options, const std::vector<RawSource>& sources,
                                         int patches = 0);

}  // namespace klab::cli
