// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/report_data.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "model/experiment_json.hpp"
#include "pipeline/experiment_labels.hpp"
#include "pipeline/fact_lines.hpp"
#include "pipeline/profile_data.hpp"
#include "stats/compare.hpp"
#include "util/text.hpp"
#include "workload/definition.hpp"

namespace klab {
namespace {

using Key = std::tuple<std::string, std::string, std::string>;  // workload, case, metric

// One arm's finished boots, with what each measured.
struct MeasuredArm {
  ArmData data;
  std::vector<std::map<Key, double>> values;  // per boot of data.boots
};

struct Measured {
  std::vector<MeasuredArm> arms;
  std::vector<std::pair<std::string, std::string>> cases;  // (workload, case), in order of first appearance
  std::map<std::pair<std::string, std::string>, std::string> unavailable;
  std::set<std::string> accelerations;
  std::map<std::string, std::string> acceleration_of;  // by machine
  std::map<std::string, std::map<std::string, std::string>> host_of;  // facts of what it ran on, likewise

  std::string fact(const std::string& machine, const std::string& key) const {
    const auto facts = host_of.find(machine);
    if (facts == host_of.end()) return {};
    const auto found = facts->second.find(key);
    return found == facts->second.end() ? std::string() : found->second;
  }
};

Result<Measured> read_measured(Lab& lab, const ExperimentRecord& record, const std::vector<BootRecord>& boots) {
  Measured measured;
  measured.arms.resize(record.arms.size());
  auto numbers = lab.boots.numbers(record.id);
  if (!numbers) return numbers.error();
  std::set<std::pair<std::string, std::string>> seen;
  for (std::size_t i = 0; i < record.arms.size(); ++i) {
    auto& arm = measured.arms[i];
    arm.data.label = record.plan.arms[i].label;
    for (const auto& boot : boots) {
      if (boot.arm != record.arms[i].id || !boot.outcome) continue;
      if (is_failure(*boot.outcome)) ++arm.data.failed;
      if (*boot.outcome != Outcome::ok) continue;
      const auto& here = (*numbers)[boot.id];
      arm.data.boots.push_back({fmt::format("{}", boot.id), boot.position});
      auto& values = arm.values.emplace_back();
      for (const auto& s : here.summaries) {
        values[{s.workload, s.case_name, s.metric}] = s.value;
        if (seen.insert({s.workload, s.case_name}).second) measured.cases.emplace_back(s.workload, s.case_name);
      }
      for (const auto& u : here.unavailable) {
        measured.unavailable[{u.workload, u.case_name}] = u.reason;
        if (seen.insert({u.workload, u.case_name}).second) measured.cases.emplace_back(u.workload, u.case_name);
      }
      measured.accelerations.insert(boot.acceleration);
      const auto& machine = record.plan.arms[i].machine;
      measured.acceleration_of[machine] = boot.acceleration;
      if (!measured.host_of.count(machine)) {
        auto host = lab.boots.fingerprint(boot.id);
        if (!host) return host.error();
        measured.host_of[machine] = std::move(*host);
      }
    }
  }
  return measured;
}

// Cases in the order of the workload's own list, where it still has one; else as they came.
void sort_cases(const Config& config, Measured& measured) {
  std::map<std::string, std::vector<std::string>> order;
  for (const auto& [workload, unused] : measured.cases) {
    if (order.count(workload)) continue;
    auto definition = load_workload(config.workloads() / workload);
    order[workload] = definition ? definition->case_names() : std::vector<std::string>{};
  }
  const auto place = [&](const std::pair<std::string, std::string>& c) {
    const auto& names = order[c.first];
    return std::find(names.begin(), names.end(), c.second) - names.begin();
  };
  std::stable_sort(measured.cases.begin(), measured.cases.end(), [&](const auto& a, const auto& b) {
    return a.first != b.first ? false : place(a) < place(b);
  });
}

using Floors = std::map<RowKey, NoiseFloor>;

std::vector<RowData> rows(const ExperimentPlan& plan, const Measured& measured, const MeasuredArm& reference,
                          const MeasuredArm& patched, const Floors& floors) {
  const auto values = [](const MeasuredArm& arm, const Key& key) {
    std::vector<std::optional<double>> column;
    for (const auto& boot : arm.values) {
      const auto found = boot.find(key);
      column.push_back(found == boot.end() ? std::optional<double>() : found->second);
    }
    return column;
  };
  std::vector<RowData> rows;
  for (const auto& workload : plan.workloads)
    for (const auto& [name, case_name] : measured.cases) {
      if (name != workload.name) continue;
      for (const auto& metric : workload.metrics) {
        RowData row{name, case_name, metric, {}, {}, {}};
        if (const auto floor = floors.find({name, case_name, metric.name}); floor != floors.end()) row.floor = floor->second;
        const Key key{name, case_name, metric.name};
        row.reference = values(reference, key);
        row.patched = values(patched, key);
        const auto nothing = [](const auto& column) {
          return std::none_of(column.begin(), column.end(), [](const auto& value) { return value.has_value(); });
        };
        if (nothing(row.reference) && nothing(row.patched)) {
          const auto reason = measured.unavailable.find({name, case_name});
          row.unavailable = reason == measured.unavailable.end() ? "not printed by this workload" : reason->second;
        }
        rows.push_back(std::move(row));
      }
    }
  return rows;
}

std::string describe_arm(const ExperimentRecord& record, std::size_t index) {
  const auto& arm = record.plan.arms[index];
  std::vector<std::string> kconfigs;
  for (const auto& fragment : arm.kconfig.fragments) kconfigs.push_back(fragment.name);
  std::string text = fmt::format("{} {}", arm.tree, record.arms[index].commit.substr(0, 12));
  if (arm.series) {
    const auto& series = record.plan.series.at(*arm.series);
    text += fmt::format(" + {}{} of v{}", arm.patches ? "patches " + format_patch_range(*arm.patches) : "all patches",
                        arm.patches ? "" : fmt::format(" ({})", series.patches.size()), series.version);
  }
  text += fmt::format(", {} + {}", arm.kconfig.base, join(kconfigs, " + "));
  if (!arm.command_line.empty()) text += ", " + printable(arm.command_line);
  return text;
}

// Without those that only make something visible.
std::vector<Series> compared_series(const ExperimentPlan& plan) {
  std::vector<Series> out;
  for (std::size_t i = 0; i < plan.series.size(); ++i)
    if (std::none_of(plan.workloads.begin(), plan.workloads.end(), [&](const auto& w) { return w.instrument == i; }))
      out.push_back(plan.series[i]);
  return out;
}

// "x86_64 host (bare metal), 16 CPUs (2 x 4 x 2), 65536 MiB"
std::string describe_host(const MachineSpec& machine, const std::string& acceleration) {
  std::string text = fmt::format("{} host", name(machine.architecture));
  if (!acceleration.empty()) text += " (" + acceleration + ")";
  text += fmt::format(", {} CPUs ({} x {} x {})", machine.vcpus, machine.sockets, machine.cores, machine.threads);
  return machine.memory_mib ? text + fmt::format(", {} MiB", machine.memory_mib) : text;
}

// "arm64 under TCG on an x86_64 host, 8 vCPUs (1 x 8 x 1), 1024 MiB"
std::string describe_machine(const MachineSpec& machine, const std::string& acceleration, const std::string& host) {
  if (machine.driver == "ipmi") return describe_host(machine, acceleration);
  std::string text(name(machine.architecture));
  if (!acceleration.empty()) text += " under " + acceleration;
  if (!host.empty() && host != name(machine.architecture)) text += fmt::format(" on an {} host", host);
  return text + fmt::format(", {} vCPUs ({} x {} x {}), {} MiB", machine.vcpus, machine.sockets, machine.cores, machine.threads,
                            machine.memory_mib);
}

// Guests stand on one host, told once; hosts beside others are told by their names.
void add_host_facts(const Config& config, const ExperimentPlan& plan, const Measured& measured, Provenance& out) {
  std::set<std::string> told;
  bool one_told = false;
  for (const auto& arm : plan.arms) {
    const auto facts = measured.host_of.find(arm.machine);
    if (facts == measured.host_of.end() || !told.insert(arm.machine).second) continue;
    const auto machine = config.machines.find(arm.machine);
    const bool by_name = machine != config.machines.end() && machine->second.driver == "ipmi" && measured.host_of.size() > 1;
    if (!by_name && one_told) continue;
    one_told = one_told || !by_name;
    for (const auto& [key, value] : facts->second)
      if (!by_name || key != "compiler") out.facts.emplace_back((by_name ? arm.machine : "host") + " " + key, value);
  }
}

Provenance provenance(Lab& lab, const ExperimentRecord& record, const Measured& measured) {
  Provenance out;
  out.title = record.plan.title;
  out.experiment = fmt::format("{}", record.id);
  std::set<std::string> machines;
  for (const auto& arm : record.plan.arms) machines.insert(arm.machine);
  out.labels = ground_labels(lab.config, {machines, measured.accelerations, measured.host_of});
  for (const auto& name : machines) {
    const auto found = lab.config.machines.find(name);
    if (found == lab.config.machines.end()) continue;
    const auto& machine = found->second;
    const auto acceleration = measured.acceleration_of.find(name);
    const auto architecture = measured.fact(name, "architecture");
    out.facts.emplace_back("machine " + name,
                           describe_machine(machine, acceleration == measured.acceleration_of.end() ? "" : acceleration->second,
                                            architecture));
    // The host's facts name one compiler; kernels of another architecture have another.
    if (machines.size() > 1 && measured.host_of.count(name))
      out.facts.emplace_back("compiler for " + name, measured.fact(name, "compiler"));
  }
  for (const auto& series : compared_series(record.plan)) {
    out.facts.emplace_back("series", fmt::format("{} (v{}, {} {}) by {}", series.title, series.version, series.patches.size(),
                                                 series.patches.size() == 1 ? "patch" : "patches", series.author));
    if (!series.cover_message_id.empty()) out.facts.emplace_back("message", series.cover_message_id);
  }
  for (std::size_t i = 0; i < record.plan.arms.size(); ++i) out.facts.emplace_back(record.plan.arms[i].label, describe_arm(record, i));
  for (const auto& workload : record.plan.workloads)
    if (workload.instrument) {
      const auto& series = record.plan.series.at(*workload.instrument);
      out.facts.emplace_back("instrumented", fmt::format("every arm carries \"{}\" ({} {}) for workload {}", series.title,
                                                         series.patches.size(), series.patches.size() == 1 ? "patch" : "patches",
                                                         workload.name));
      out.labels.push_back("instrumented");
    }
  for (const auto& workload : record.plan.workloads)
    out.facts.emplace_back("workload", fmt::format("{}, source {}", workload.request, workload.hash.substr(0, 12)));
  add_host_facts(lab.config, record.plan, measured, out);
  out.facts.emplace_back("order", fmt::format("random, seed {}", record.plan.seed));
  return out;
}

}  // namespace

Result<Report> experiment_report(Lab& lab, const ExperimentRecord& record) {
  auto boots = lab.boots.list(record.id);
  if (!boots) return boots.error();
  auto measured = read_measured(lab, record, *boots);
  if (!measured) return measured.error();
  sort_cases(lab.config, *measured);
  Report report;
  report.provenance = provenance(lab, record, *measured);
  for (std::size_t i = 0; i < record.plan.arms.size(); ++i) {
    const auto& arm = record.plan.arms[i];
    report.arms.push_back({arm.label, arm.title.empty() ? arm.label : arm.title, arm.heading, arm.machine, describe_arm(record, i)});
  }
  auto facts = fact_lines(lab.boots, record, *boots);
  if (!facts) return facts.error();
  report.facts = std::move(*facts);
  std::map<std::string, Floors> floors;  // by machine
  for (const auto& [reference, patched] : record.plan.contrasts) {
    const auto& machine = record.plan.arms[reference].machine;
    if (!floors.count(machine)) {
      auto known = lab.trends.floors(machine, record.created);
      if (!known) return known.error();
      floors[machine] = std::move(*known);
    }
    ContrastData data;
    data.reference = measured->arms[reference].data;
    data.patched = measured->arms[patched].data;
    data.rows = rows(record.plan, *measured, measured->arms[reference], measured->arms[patched], floors[machine]);
    data.order = record.plan.arms.size() == 2 ? BootOrder::balanced : BootOrder::uniform;
    data.seed = record.plan.seed;
    data.delta = record.plan.delta;
    report.comparisons.push_back(compare(data));
    auto profile = contrast_profile(lab, record, reference, patched);
    if (!profile) return profile.error();
    report.comparisons.back().profile = std::move(*profile);
  }
  return report;
}

}  // namespace klab
