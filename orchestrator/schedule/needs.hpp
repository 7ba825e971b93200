// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "pipeline/arm_builds.hpp"

namespace klab {

// One host that an experiment must have for all its boots there.
struct HostNeed {
  std::string request;                  // a name, or labels
  std::vector<std::string> candidates;  // in order of preference; one where it cannot be another
  bool selected = false;                // by labels: what is chosen is to be stored
};

struct Needs {
  std::string submitter;
  std::vector<HostNeed> hosts;
  bool guests = false;  // it boots on the machine klabd runs on, too
};

// What an experiment that is not done needs now. Where a boot is a result already, the host cannot be another.
// A setback: the configuration no longer has what was asked for.
Step<Needs> find_needs(const Config& config, const ExperimentPlaces& experiment);

}  // namespace klab
