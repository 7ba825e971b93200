// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/night_plan.hpp"

#include <algorithm>
#include <set>

#include "intake/gather.hpp"
#include "pipeline/plan.hpp"
#include "stats/least_boots.hpp"
#include "util/hash.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

ArmRequest arm_of(const Matrix& matrix, const Cell& cell, std::string_view label) {
  ArmRequest arm;
  arm.label = label;
  arm.tree = cell.tree;
  arm.series = cell.series;
  if (!cell.by_default) arm.command_line = cell.command_line;
  arm.machine = cell.machine;
  for (const auto& kconfig : matrix.kconfigs)
    if (kconfig.name == cell.kconfig) arm.kconfig_base = kconfig.base, arm.kconfigs = kconfig.fragments;
  return arm;
}

// Without arms.
Result<ExperimentRequest> request_of(const Matrix& matrix, const Config& config, const CellTonight& tonight) {
  const auto& cell = tonight.cell;
  ExperimentRequest request;
  request.title = fmt::format("{}: {}, {}", matrix.name, cell.label, tonight.date);
  request.workloads = split(cell.workload, ' ');
  request.boots = matrix.boots;
  request.delta = matrix.delta;
  if (cell.series.empty()) return request;
  for (const auto& series : matrix.series) {
    if (series.name != cell.series) continue;
    // A range is looked up in the tree it is for, where that is a repository of the user's.
    const auto tree = config.trees.find(cell.tree);
    const auto repository = tree == config.trees.end() || tree->second.repository.empty() ? matrix.directory : tree->second.repository;
    auto sources = gather(series.sources, {}, repository);
    if (!sources) return sources.error();
    SeriesRequest wanted;
    wanted.name = series.name;
    for (auto& source : *sources) wanted.sources.push_back({source.name, std::move(source.bytes)});
    request.series.push_back(std::move(wanted));
  }
  return request;
}

void hash_kernel(FieldHash& hash, const ExperimentPlan& plan, const ArmPlan& arm) {
  hash.add("commit", arm.base);  // the same whatever tree it came from
  if (arm.series)
    for (const auto& patch : plan.series.at(*arm.series).patches) hash.add("patch", patch.mail);
  hash.add("kconfig base", arm.kconfig.base);
  for (const auto& fragment : arm.kconfig.fragments) hash.add("fragment", fragment.name).add("text", fragment.text);
  hash.add("command line", arm.command_line).add("architecture", name(arm.architecture));
}

std::string kernel_of(const ExperimentPlan& plan, const ArmPlan& arm) {
  FieldHash hash;
  hash_kernel(hash, plan, arm);
  return hash.hex();
}

void hash_machine(FieldHash& hash, const Config& config, const ArmPlan& arm) {
  hash.add("machine", arm.machine);
  const auto found = config.machines.find(arm.machine);
  if (found == config.machines.end()) return;  // labels: which host it will be is not known
  const auto& m = found->second;
  hash.add("driver", m.driver).add("uri", m.uri).add("acceleration", m.acceleration);
  hash.add("topology", fmt::format("{} {} {} {} {}", m.vcpus, m.sockets, m.cores, m.threads, m.memory_mib));
  hash.add("pins", join(m.vcpu_pins, " ") + "/" + m.emulator_pin);
}

std::string inputs_of(const ExperimentPlan& plan, const Config& config) {
  FieldHash hash;
  for (const auto& arm : plan.arms) {
    hash.add("arm", arm.label);
    hash_kernel(hash, plan, arm);
  }
  hash_machine(hash, config, plan.arms.back());
  for (const auto& workload : plan.workloads) {
    hash.add("workload", workload.request).add("source", workload.hash);
    for (const auto& [name, value] : workload.parameters) hash.add(name, value);
    if (workload.instrument)
      for (const auto& patch : plan.series.at(*workload.instrument).patches) hash.add("instrument", patch.mail);
  }
  hash.add("boots", fmt::format("{}", plan.boots));
  return hash.hex();
}

bool same_workloads(const ExperimentPlan& a, const ExperimentPlan& b) {
  return std::equal(a.workloads.begin(), a.workloads.end(), b.workloads.begin(), b.workloads.end(),
                    [](const auto& x, const auto& y) { return x.name == y.name && x.hash == y.hash; });
}

// The kernel that was good, to be run as tonight's is.
std::optional<ArmPlan> last_good_arm(const ExperimentRecord& record, ExperimentPlan& plan) {
  const auto& arms = record.plan.arms;
  const auto then = std::find_if(arms.begin(), arms.end(), [](const ArmPlan& arm) { return arm.label == arm_tonight; });
  if (then == arms.end()) return std::nullopt;
  ArmPlan arm = plan.arms.back();
  arm.label = arm_last_good;
  arm.tree = then->tree;
  arm.base = then->base;
  // What a workload needs of a kernel may have changed with the workload.
  if (same_workloads(plan, record.plan)) arm.kconfig = then->kconfig, arm.command_line = then->command_line;
  arm.series.reset();
  arm.patches = then->patches;
  if (then->series) {
    plan.series.push_back(record.plan.series.at(*then->series));
    arm.series = plan.series.size() - 1;
  }
  return arm;
}

}  // namespace

Result<CellPlan> plan_comparison(const Matrix& matrix, const Config& config, const CellTonight& tonight) {
  auto request = request_of(matrix, config, tonight);
  if (!request) return request.error();
  auto reference = arm_of(matrix, tonight.cell, arm_reference);
  reference.tree = matrix.reference.tree;
  reference.base = tonight.reference_commit;
  reference.series.clear();
  auto arm = arm_of(matrix, tonight.cell, arm_tonight);
  arm.base = tonight.commit;
  request->arms = {reference, arm};
  auto plan = make_plan(*request, config, tonight.submitter, tonight.seed);
  if (!plan) return plan.error();
  CellPlan made{std::move(*plan), {}, false, false};
  made.inputs = inputs_of(made.plan, config);
  if (!tonight.last_good) return made;
  auto good = last_good_arm(*tonight.last_good, made.plan);
  if (!good) return made;
  const auto kernel = kernel_of(made.plan, *good);
  made.is_last_good = kernel == kernel_of(made.plan, made.plan.arms[1]);
  made.has_last_good = !made.is_last_good;
  if (made.is_last_good || kernel == kernel_of(made.plan, made.plan.arms[0])) {
    if (good->series) made.plan.series.pop_back();
    return made;
  }
  made.plan.arms.insert(made.plan.arms.begin() + 1, std::move(*good));
  made.plan.contrasts = {{0, 2}, {1, 2}};
  return made;
}

Result<ExperimentPlan> plan_aa(const Matrix& matrix, const Config& config, const CellTonight& tonight) {
  auto request = request_of(matrix, config, tonight);
  if (!request) return request.error();
  request->title += " (A/A)";
  for (const char* label : {"aa-1", "aa-2"}) {
    auto arm = arm_of(matrix, tonight.cell, label);
    arm.base = tonight.commit;
    request->arms.push_back(std::move(arm));
  }
  return make_plan(*request, config, tonight.submitter, tonight.seed);
}

Result<void> check_matrix(const Matrix& matrix, const Config& config) {
  std::set<std::string> seen[4];
  for (const auto& cell : matrix.cells) {
    // A cell that shows nothing new need not be looked at.
    bool fresh = false;
    const std::string* values[] = {&cell.series, &cell.kconfig, &cell.machine, &cell.workload};
    for (std::size_t i = 0; i < std::size(values); ++i) fresh = seen[i].insert(*values[i]).second || fresh;
    if (!fresh) continue;
    CellTonight tonight;
    tonight.cell = cell;
    tonight.submitter = "klabd";
    auto plan = plan_comparison(matrix, config, tonight);
    if (plan) continue;
    auto error = plan.error();
    error.message = fmt::format("cannot use matrix \"{}\": cell \"{}\": {}", matrix.name, cell.label, error.message);
    return error;
  }
  return {};
}

std::string matrix_note(const Matrix& matrix, const Config& config) { return boots_note(matrix.boots.value_or(config.defaults.boots)); }

}  // namespace klab
