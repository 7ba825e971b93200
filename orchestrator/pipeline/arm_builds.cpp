// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/arm_builds.hpp"

#include <algorithm>

#include "pipeline/base.hpp"
#include "pipeline/room.hpp"
#include "util/file.hpp"
#include "util/text.hpp"
#include "workload/folder.hpp"

namespace klab {
namespace asio = boost::asio;
namespace {

// A build's log ends at its limit, which a few lines of klab's own may follow. No kernel's configuration is so long.
const std::size_t most_log_bytes = BuildLimits().log + (1u << 20);
constexpr std::size_t most_config_bytes = 4u << 20;

// Of a file that hostile code may have had a hand in.
std::string end_of(const std::filesystem::path& path, std::size_t most) {
  auto text = read_file_beneath(path.parent_path(), path.filename(), most);
  return text ? std::move(*text) : std::string();
}

Setback lab_setback(Error error) { return Setback{Outcome::lab_error, std::move(error)}; }

Setback setback(Error error, Outcome kernels_fault) {
  switch (error.kind) {
    case ErrorKind::failed:
    case ErrorKind::input: return Setback{kernels_fault, std::move(error)};
    case ErrorKind::stopped: return Setback{Outcome::interrupted, std::move(error)};
    case ErrorKind::lab: break;
  }
  return lab_setback(std::move(error));
}

BuildRequest build_request(const ExperimentPlan& plan, const ArmPlan& arm, const std::string& commit) {
  const auto& series = plan.series;
  BuildRequest request;
  request.tree = arm.tree;
  request.commit = commit;
  request.kconfig = arm.kconfig;
  request.architecture = arm.architecture;
  // What makes an effect visible lies under every arm alike, so it is no part of any difference.
  for (const auto& workload : plan.workloads)
    if (workload.instrument)
      for (const auto& patch : series.at(*workload.instrument).patches) request.patches.push_back(patch);
  if (arm.series) {
    for (const auto& patch : series.at(*arm.series).patches)
      if (!arm.patches || (patch.number >= arm.patches->first && patch.number <= arm.patches->last))
        request.patches.push_back(patch);
  }
  return request;
}

// A workload's module is called klab_<workload>, because that is what its Kbuild must make.
Result<std::vector<ModuleRequest>> module_requests(const std::vector<WorkloadRun>& workloads) {
  std::vector<ModuleRequest> modules;
  for (const auto& run : workloads) {
    if (run.definition.module.empty()) continue;
    const auto source = run.definition.path / run.definition.module;
    auto hash = hash_folder(source);
    if (!hash) return hash.error();
    modules.push_back({run.definition.binary_name(), source, std::move(*hash)});
  }
  return modules;
}

// The series that decides where an arm stands: its own, else that of an arm it is compared with, because
// both must stand on the same commit. Null when there is none.
const Series* series_for_base(const ExperimentPlan& plan, std::size_t index) {
  if (plan.arms[index].series) return &plan.series.at(*plan.arms[index].series);
  for (const auto& [reference, patched] : plan.contrasts) {
    const auto other = reference == index ? patched : reference;
    if ((reference != index && patched != index) || !plan.arms[other].series || plan.arms[other].tree != plan.arms[index].tree)
      continue;
    return &plan.series.at(*plan.arms[other].series);
  }
  return nullptr;
}

asio::awaitable<Step<BuildRequest>> resolve_arm(Lab& lab, const ExperimentRecord& record, std::size_t index,
                                                std::stop_token stop) {
  const auto& arm = record.plan.arms[index];
  std::string commit = record.arms[index].commit;
  if (commit.empty()) {
    auto tree = lab.tree(arm.tree);
    if (!tree) co_return lab_setback(tree.error());
    auto base = co_await find_base(lab.trees, *tree, arm.base, series_for_base(record.plan, index), stop);
    if (!base) co_return setback(base.error(), Outcome::apply_failed);
    auto stored = lab.experiments.set_arm_base(record.arms[index].id, base->commit, base->reason(), base->attempts);
    if (!stored) co_return lab_setback(stored.error());
    if (base->commit.empty()) {
      auto error = input_error("{}", base->reason());
      error.tail = base->attempts.back().words;
      co_return setback(std::move(error), Outcome::apply_failed);
    }
    commit = base->commit;
  }
  co_return build_request(record.plan, arm, commit);
}

BuildRecord build_record(std::int64_t id, const Result<Artefacts>& built, const std::filesystem::path& log, double now) {
  BuildRecord record;
  record.id = id;
  record.finished = now;
  record.log = end_of(log, most_log_bytes);
  if (!built) {
    const auto& error = built.error();
    record.message = error.message;
    record.tail = error.tail;
    record.outcome = setback(error, Outcome::build_failed).outcome;
    return record;
  }
  record.outcome = Outcome::ok;
  record.key = built->key;
  record.kernel = built->kernel.string();
  record.release = built->release;
  record.compiler = built->compiler;
  record.from_cache = built->from_cache;
  if (const auto sum = built->checksums.find(built->kernel.filename().string()); sum != built->checksums.end())
    record.kernel_sha256 = sum->second;
  record.config = end_of(built->config, most_config_bytes);
  if (record.log.empty()) record.log = end_of(built->build_log, most_log_bytes);
  return record;
}

asio::awaitable<Step<Artefacts>> build_one(Lab& lab, ProgressBoard& board, std::int64_t experiment, BuildRequest request,
                                           std::vector<ModuleRequest> modules, std::int64_t build, std::stop_token stop) {
  const auto log = build_log_path(lab.config, build);
  if (auto made = make_directories(log.parent_path()); !made) co_return lab_setback(made.error());
  auto built = co_await lab.builder.build(request, modules, log, stop);
  const auto record = build_record(build, built, log, lab.now());
  auto stored = lab.builds.finish(record);
  while (!stored && lab.room.free(lab.config.state) < room_for_boot) {
    if (!co_await wait_for_room(lab, board, experiment, lab.config.state, room_for_boot, stop)) break;
    stored = lab.builds.finish(record);
  }
  std::error_code ignored;
  std::filesystem::remove(log, ignored);
  if (!stored) co_return lab_setback(stored.error());
  if (!built) co_return setback(built.error(), Outcome::build_failed);
  co_return *built;
}

}  // namespace

std::filesystem::path build_log_path(const Config& config, std::int64_t build) {
  return config.state / "logs" / fmt::format("build-{}.log", build);
}

Step<std::vector<WorkloadRun>> load_workloads(const Config& config, const ExperimentPlan& plan) {
  std::vector<WorkloadRun> runs;
  for (const auto& workload : plan.workloads) {
    auto definition = load_workload(config.workloads() / workload.name);
    if (!definition) return lab_setback(definition.error());
    if (definition->hash != workload.hash)
      return lab_setback(lab_error("cannot carry on: the workload \"{}\" has changed since the experiment was submitted; "
                                   "submit it again",
                                   workload.name));
    auto run = resolve(*definition, workload.request);
    if (!run) return lab_setback(run.error());
    runs.push_back(std::move(*run));
  }
  return runs;
}

asio::awaitable<Step<std::vector<Artefacts>>> build_arms(Lab& lab, ProgressBoard& board, ExperimentRecord record,
                                                         std::vector<WorkloadRun> workloads, std::stop_token stop) {
  auto modules = module_requests(workloads);
  if (!modules) co_return lab_setback(modules.error());
  const auto count = record.plan.arms.size();
  std::vector<BuildRequest> requests;
  for (std::size_t i = 0; i < count; ++i) {
    Progress progress;
    progress.step = "preparing " + record.plan.arms[i].label;
    progress.started = lab.now();
    board.set(record.id, progress);
    auto request = co_await resolve_arm(lab, record, i, stop);
    if (!request) co_return request.error();
    if (!request->patches.empty()) {
      auto applied = co_await lab.builder.apply(*request, stop);
      if (!applied) co_return setback(applied.error(), Outcome::apply_failed);
    }
    requests.push_back(std::move(*request));
  }
  // Baselines first: what is built over them is then incremental.
  std::vector<std::size_t> order(count);
  for (std::size_t i = 0; i < count; ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return requests[a].patches.size() < requests[b].patches.size(); });
  std::vector<Artefacts> artefacts(count);
  for (const auto i : order) {
    Progress progress;
    progress.step = "building " + record.plan.arms[i].label;
    progress.started = lab.now();
    board.set(record.id, progress);
    auto build = lab.builds.start(lab.now());
    if (!build) co_return lab_setback(build.error());
    auto stored = lab.experiments.set_arm_build(record.arms[i].id, *build);
    if (!stored) co_return lab_setback(stored.error());
    auto built = co_await build_one(lab, board, record.id, requests[i], *modules, *build, stop);
    if (!built) {
      auto failure = built.error();
      if (failure.outcome == Outcome::build_failed)
        failure.error.message = fmt::format("{} does not build: {}", record.plan.arms[i].label, failure.error.message);
      co_return failure;
    }
    artefacts[i] = *built;
  }
  co_return artefacts;
}

}  // namespace klab
