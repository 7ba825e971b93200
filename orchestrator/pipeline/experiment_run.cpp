// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/experiment_run.hpp"

#include <spdlog/spdlog.h>

#include "pipeline/arm_builds.hpp"
#include "pipeline/measure.hpp"
#include "pipeline/room.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
namespace {

// What the boots of a finished experiment say about it as a whole.
Result<Setback> overall(Lab& lab, const ExperimentRecord& record) {
  auto boots = lab.boots.list(record.id);
  if (!boots) return boots.error();
  Setback whole{Outcome::ok, {}};
  for (std::size_t i = 0; i < record.arms.size(); ++i) {
    int failed = 0;
    const BootRecord* first = nullptr;
    for (const auto& boot : *boots) {
      if (boot.arm != record.arms[i].id || !boot.outcome || !is_failure(*boot.outcome)) continue;
      ++failed;
      if (!first) first = &boot;
    }
    if (!first) continue;
    if (whole.outcome == Outcome::ok) whole.outcome = *first->outcome;
    whole.error.message += fmt::format("{}{}: {} of {} boots failed, first with {}: {}", whole.error.message.empty() ? "" : "; ",
                                       record.plan.arms[i].label, failed, record.plan.boots, name(*first->outcome), first->title);
    if (whole.error.tail.empty()) whole.error.tail = first->excerpt;
  }
  return whole;
}

// Of an experiment that was given up on, or has gone on to its end.
Result<void> conclude(Lab& lab, ProgressBoard& board, std::int64_t id, const Setback& end, const std::stop_token& stop) {
  if (end.outcome == Outcome::interrupted || stop.stop_requested()) return stop_experiment(lab, board, id);
  return finish_experiment(lab, board, id, end);
}

asio::awaitable<Step<BuiltExperiment>> build(Lab& lab, ProgressBoard& board, ExperimentRecord record, std::stop_token stop) {
  auto workloads = load_workloads(lab.config, record.plan);
  if (!workloads) co_return workloads.error();
  if (!co_await wait_for_room(lab, board, record.id, lab.config.state, room_for_boot, stop) ||
      !co_await wait_for_room(lab, board, record.id, lab.config.cache, room_for_build, stop))
    co_return Setback{Outcome::interrupted, make_error(ErrorKind::stopped, "stopped")};
  if (auto stored = lab.experiments.set_state(record.id, ExperimentState::building); !stored)
    co_return Setback{Outcome::lab_error, stored.error()};
  auto artefacts = co_await build_arms(lab, board, record, *workloads, stop);
  if (!artefacts) co_return artefacts.error();
  // Read again: the arms have their commits now.
  auto built = lab.experiments.get(record.id);
  if (!built) co_return Setback{Outcome::lab_error, built.error()};
  co_return BuiltExperiment{std::move(*built), std::move(*workloads), std::move(*artefacts)};
}

}  // namespace

Result<void> finish_experiment(Lab& lab, ProgressBoard& board, std::int64_t id, const Setback& end) {
  auto stored = lab.experiments.finish(id, end.outcome, printable(end.error.message), printable_lines(end.error.tail), lab.now());
  if (!stored) return stored;
  Progress progress;
  progress.step = "done";
  board.set(id, progress);
  lab.bell.ring();
  spdlog::info("experiment {}: {}{}{}", id, name(end.outcome), end.error.message.empty() ? "" : ": ", printable(end.error.message));
  return stored;
}

Result<void> stop_experiment(Lab& lab, ProgressBoard& board, std::int64_t id) {
  auto record = lab.experiments.get(id);
  if (!record) return record.error();
  if (!record->cancelling || record->state == ExperimentState::done) return {};
  return finish_experiment(lab, board, id, {Outcome::cancelled, make_error(ErrorKind::stopped, "cancelled on request")});
}

asio::awaitable<Result<std::optional<BuiltExperiment>>> build_experiment(Lab& lab, ProgressBoard& board, std::int64_t id,
                                                                         std::stop_token stop) {
  const auto over = [](Result<void> stored) -> Result<std::optional<BuiltExperiment>> {
    if (!stored) return stored.error();
    return std::optional<BuiltExperiment>();
  };
  auto record = lab.experiments.get(id);
  if (!record) co_return record.error();
  if (record->state == ExperimentState::done) co_return over({});
  if (record->cancelling || stop.stop_requested()) co_return over(stop_experiment(lab, board, id));
  spdlog::info("experiment {}: {} ({}, {} boots an arm, seed {})", id, printable(record->plan.title), name(record->state),
               record->plan.boots, record->plan.seed);
  auto built = co_await build(lab, board, std::move(*record), stop);
  if (!built) co_return over(conclude(lab, board, id, built.error(), stop));
  co_return std::optional<BuiltExperiment>(std::move(*built));
}

asio::awaitable<Result<std::optional<Setback>>> measure_experiment(Lab& lab, ProgressBoard& board, BuiltExperiment built,
                                                                   std::stop_token stop) {
  const auto id = built.record.id;
  const auto over = [](Result<void> stored) -> Result<std::optional<Setback>> {
    if (!stored) return stored.error();
    return std::optional<Setback>();
  };
  if (stop.stop_requested()) co_return over(stop_experiment(lab, board, id));
  if (auto stored = lab.experiments.set_state(id, ExperimentState::measuring); !stored) co_return stored.error();
  const auto record = built.record;
  auto measured = co_await measure(lab, board, std::move(built.record), std::move(built.workloads), std::move(built.artefacts), stop);
  if (!measured) {
    const auto end = measured.error();
    const bool stopped = end.outcome == Outcome::interrupted || stop.stop_requested();
    if (const auto machine = lab.machines.find(end.machine); !stopped && machine != lab.machines.end())
      if (dynamic_cast<Host*>(machine->second.get())) co_return std::optional<Setback>(end);
    co_return over(conclude(lab, board, id, end, stop));
  }
  auto whole = overall(lab, record);
  if (!whole) co_return whole.error();
  co_return over(finish_experiment(lab, board, id, *whole));
}

}  // namespace klab
