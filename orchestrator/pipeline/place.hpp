// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"
#include "model/experiment.hpp"
#include "util/result.hpp"

namespace klab {

// The machines that an arm can come to run on.
struct Place {
  std::string machine;  // a name, or labels in the spelling that is stored
  bool selected = false;
  std::vector<std::string> candidates;
  Architecture architecture = Architecture::x86_64;
  std::vector<std::string> kconfigs;  // what all of them need of a kernel
};

// What an arm's machine means in this configuration. Errors (kind input) name the arm and what there is.
Result<Place> find_place(const ArmRequest& request, const Config& config);

// What stands side by side must be several hosts.
Result<void> check_hosts_apart(const ExperimentPlan& plan, const Config& config);

}  // namespace klab
