// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/experiment_labels.hpp"

#include <algorithm>
#include <cstdlib>

namespace klab {

Labels ground_labels(const Config& config, const ExperimentGround& ground) {
  Labels out(ground.accelerations.begin(), ground.accelerations.end());
  const bool several = ground.machines.size() > 1;
  for (const auto& name : ground.machines) {
    const auto found = config.machines.find(name);
    const auto host = ground.host_of.find(name);
    if (found == config.machines.end() || host == ground.host_of.end()) continue;
    const auto& machine = found->second;
    if (machine.driver == "ipmi") continue;
    const auto fact = [&](const char* key) {
      const auto known = host->second.find(key);
      return known == host->second.end() ? std::string() : known->second;
    };
    const auto architecture = fact("architecture");
    const int cpus = std::atoi(fact("cpus").c_str());
    if (!architecture.empty() && architecture != klab::name(machine.architecture))
      out.push_back(fmt::format("{}{} emulated on {}", several ? name + ": " : "", klab::name(machine.architecture), architecture));
    if (cpus > 0 && machine.vcpus > cpus) out.push_back((several ? name + " " : std::string()) + "overcommitted");
  }
  return out;
}

Result<std::map<std::int64_t, Labels>> experiment_labels(Lab& lab, const std::vector<std::int64_t>& experiments) {
  auto grounds = lab.boots.grounds(experiments);
  if (!grounds) return grounds.error();
  std::map<std::int64_t, Labels> out;
  for (const auto& [experiment, ground] : *grounds) out[experiment] = ground_labels(lab.config, ground);
  return out;
}

Result<Labels> labels_of(Lab& lab, const std::vector<std::int64_t>& experiments) {
  auto each = experiment_labels(lab, experiments);
  if (!each) return each.error();
  Labels out;
  for (const auto& [experiment, labels] : *each)
    for (const auto& label : labels)
      if (std::find(out.begin(), out.end(), label) == out.end()) out.push_back(label);
  return out;
}

std::vector<std::int64_t> experiments_of(const std::vector<NightCell>& cells) {
  std::vector<std::int64_t> out;
  for (const auto& cell : cells)
    if (cell.experiment) out.push_back(*cell.experiment);
  return out;
}

std::vector<std::int64_t> experiments_of(const Trend& trend) {
  std::vector<std::int64_t> out;
  for (const auto& point : trend.points)
    if (point.experiment) out.push_back(*point.experiment);
  return out;
}

Result<std::vector<std::int64_t>> experiments_of(Lab& lab, const Investigation& investigation) {
  std::vector<NightCell> nights;
  for (const auto id : {investigation.last_good, investigation.first_bad}) {
    auto cell = lab.nights.night_cell(id);
    if (!cell) return cell.error();
    nights.push_back(std::move(*cell));
  }
  auto out = experiments_of(nights);
  for (const auto& step : investigation.steps)
    if (step.experiment) out.push_back(*step.experiment);
  return out;
}

}  // namespace klab
