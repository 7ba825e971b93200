// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/experiment.hpp"
#include "util/result.hpp"

namespace klab {

// An experiment.toml. The sources of its series are still arguments as `klab submit` takes them;
// the caller gathers them, relative to the file's directory.
struct ExperimentFile {
  ExperimentRequest request;  // series have names and versions, no bytes
  std::vector<std::vector<std::string>> sources;  // per series
};

Result<ExperimentFile> parse_experiment_file(std::string_view text, const std::string& file_name);

}  // namespace klab
