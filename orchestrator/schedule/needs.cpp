// SPDX-License-Identifier: GPL-3.0-or-later
#include "schedule/needs.hpp"

#include "model/machine_selector.hpp"

namespace klab {

Step<Needs> find_needs(const Config& config, const ExperimentPlaces& experiment) {
  Needs needs;
  needs.submitter = experiment.submitter;
  for (const auto& place : experiment.places) {
    const bool selected = !place.request.empty();
    HostNeed need{selected ? place.request : place.machine, {}, selected};
    if (selected && !place.measured) {
      need.candidates = select_hosts(config.machines, place.request);
      if (need.candidates.empty())
        return Setback{Outcome::lab_error, lab_error("cannot carry on: no host with {} is configured any longer; configure one, or"
                                                     " submit it again for another",
                                                     place.request)};
    } else {
      const auto machine = config.machines.find(place.machine);
      if (machine == config.machines.end())
        return Setback{Outcome::lab_error, lab_error("cannot carry on: the machine \"{}\" is not configured any longer; configure it, or"
                                                     " submit it again for another",
                                                     place.machine)};
      if (machine->second.driver != "ipmi") {
        needs.guests = true;
        continue;
      }
      need.candidates = {place.machine};
    }
    needs.hosts.push_back(std::move(need));
  }
  return needs;
}

}  // namespace klab
