// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/place.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "model/machine_selector.hpp"
#include "pipeline/host_choice.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

template <class Map>
std::string known(const Map& map) {
  std::vector<std::string> names;
  for (const auto& entry : map) names.push_back(entry.first);
  return join(names, ", ");
}

std::string known_labels(const Config& config) {
  std::set<std::string> labels;
  for (const auto& [name, machine] : config.machines)
    if (machine.driver == "ipmi") labels.insert(machine.labels.begin(), machine.labels.end());
  return join({labels.begin(), labels.end()}, ", ");
}

Result<void> select(Place& place, const std::string& label, const Config& config) {
  auto selector = spell_selector(place.machine);
  if (!selector) return selector.error();
  place.machine = *selector;
  place.candidates = select_hosts(config.machines, *selector);
  if (place.candidates.empty()) {
    const auto labels = known_labels(config);
    return input_error("cannot use the machine \"{}\" of arm \"{}\": no host has {}; {}", place.machine, label,
                       place.machine.find(',') == std::string::npos ? "this label" : "all these labels",
                       labels.empty() ? "no hosts are configured, see README.md" : "known are " + labels);
  }
  place.architecture = config.machines.at(place.candidates.front()).architecture;
  std::vector<std::string> told;
  bool mixed = false;
  for (const auto& name : place.candidates) {
    const auto architecture = config.machines.at(name).architecture;
    told.push_back(fmt::format("{} {}", name, klab::name(architecture)));
    mixed = mixed || architecture != place.architecture;
  }
  if (mixed)
    return input_error("cannot use the machine \"{0}\" of arm \"{1}\": its hosts are of several architectures ({2}); add one, such as"
                       " {0},arch={3}",
                       place.machine, label, join(told, ", "), name(place.architecture));
  return {};
}

}  // namespace

Result<Place> find_place(const ArmRequest& request, const Config& config) {
  Place place;
  place.machine = request.machine.empty() ? config.defaults.machine : request.machine;
  const auto named = config.machines.find(place.machine);
  place.selected = named == config.machines.end() && is_machine_selector(place.machine);
  if (place.selected) {
    if (auto selected = select(place, request.label, config); !selected) return selected.error();
  } else if (named == config.machines.end()) {
    return input_error("cannot use the machine \"{}\" of arm \"{}\": configured are {}", printable(place.machine), request.label,
                       known(config.machines));
  } else {
    place.candidates = {place.machine};
    place.architecture = named->second.architecture;
  }
  for (const auto& candidate : place.candidates)
    for (const auto& kconfig : config.machines.at(candidate).kconfigs)
      if (std::find(place.kconfigs.begin(), place.kconfigs.end(), kconfig) == place.kconfigs.end()) place.kconfigs.push_back(kconfig);
  return place;
}

Result<void> check_hosts_apart(const ExperimentPlan& plan, const Config& config) {
  std::map<std::string, std::vector<std::string>> places;
  for (const auto& arm : plan.arms)
    if (!arm.machine_request.empty()) places[arm.machine] = select_hosts(config.machines, arm.machine);
    else if (config.machines.at(arm.machine).driver == "ipmi") places[arm.machine] = {arm.machine};
  std::vector<std::vector<std::string>> candidates;
  std::set<std::string> hosts;
  for (const auto& [machine, names] : places) {
    candidates.push_back(names);
    hosts.insert(names.begin(), names.end());
  }
  if (choose_hosts(candidates)) return {};
  return input_error("cannot measure on {} side by side: that takes {} hosts, and these are only {}; name fewer machines",
                     known(places), places.size(), join({hosts.begin(), hosts.end()}, ", "));
}

}  // namespace klab
