// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/experiment_run.hpp"

#include <spdlog/spdlog.h>

#include "pipeline/arm_builds.hpp"
#include "pipeline/measure.hpp"
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

asio::awaitable<Result<void>> finish(Lab& lab, ProgressBoard& board, std::int64_t id, Setback end) {
  auto stored = lab.experiments.finish(id, end.outcome, printable(end.error.message), printable_lines(end.error.tail), lab.now());
  if (stored) {
    Progress progress;
    progress.step = "done";
    board.set(id, progress);
    spdlog::info("experiment {}: {}{}{}", id, name(end.outcome), end.error.message.empty() ? "" : ": ", printable(end.error.message));
  }
  co_return stored;
}

// A stop is either the user's, and then the experiment ends, or the daemon's, and then it waits.
asio::awaitable<Result<void>> stopped(Lab& lab, ProgressBoard& board, std::int64_t id) {
  auto record = lab.experiments.get(id);
  if (!record) co_return record.error();
  if (!record->cancelling) co_return Result<void>{};
  Setback end{Outcome::cancelled, make_error(ErrorKind::stopped, "cancelled on request")};
  co_return co_await finish(lab, board, id, end);
}

asio::awaitable<Step<void>> run_steps(Lab& lab, ProgressBoard& board, ExperimentRecord record, std::stop_token stop) {
  const auto advance = [&](ExperimentState state) -> Step<void> {
    auto stored = lab.experiments.set_state(record.id, state);
    if (!stored) return Setback{Outcome::lab_error, stored.error()};
    return {};
  };
  auto workloads = load_workloads(lab.config, record.plan);
  if (!workloads) co_return workloads.error();
  if (auto step = advance(ExperimentState::building); !step) co_return step.error();
  auto artefacts = co_await build_arms(lab, board, record, *workloads, stop);
  if (!artefacts) co_return artefacts.error();
  // Read again: the arms have their commits now.
  auto built = lab.experiments.get(record.id);
  if (!built) co_return Setback{Outcome::lab_error, built.error()};
  if (auto step = advance(ExperimentState::measuring); !step) co_return step.error();
  co_return co_await measure(lab, board, *built, *workloads, *artefacts, stop);
}

}  // namespace

asio::awaitable<Result<void>> run_experiment(Lab& lab, ProgressBoard& board, std::int64_t id, std::stop_token stop) {
  auto record = lab.experiments.get(id);
  if (!record) co_return record.error();
  if (record->state == ExperimentState::done) co_return Result<void>{};
  if (record->cancelling || stop.stop_requested()) co_return co_await stopped(lab, board, id);
  spdlog::info("experiment {}: {} ({}, {} boots an arm, seed {})", id, printable(record->plan.title), name(record->state),
               record->plan.boots, record->plan.seed);

  auto steps = co_await run_steps(lab, board, *record, stop);
  if (!steps) {
    Setback end = steps.error();
    if (end.outcome == Outcome::interrupted || stop.stop_requested()) co_return co_await stopped(lab, board, id);
    co_return co_await finish(lab, board, id, end);
  }
  auto whole = overall(lab, *record);
  if (!whole) co_return whole.error();
  Setback end = *whole;
  co_return co_await finish(lab, board, id, end);
}

}  // namespace klab
