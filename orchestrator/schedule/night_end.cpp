// SPDX-License-Identifier: GPL-3.0-or-later
// What has come of a night's experiment.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "pipeline/report_data.hpp"
#include "schedule/cell_verdict.hpp"
#include "schedule/night_run.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

// The arm at which an experiment ended that never came to its boots.
Result<std::string> failed_arm(Lab& lab, const ExperimentRecord& record) {
  for (std::size_t i = 0; i < record.arms.size(); ++i) {
    if (!record.arms[i].build) continue;
    auto build = lab.builds.get(*record.arms[i].build);
    if (!build) return build.error();
    if (build->outcome && *build->outcome != Outcome::ok) return record.plan.arms[i].label;
  }
  // No build has failed: the last one that was looked at did not apply, or has no base.
  for (std::size_t i = record.arms.size(); i-- > 0;)
    if (!record.arms[i].base_attempts.empty()) return record.plan.arms[i].label;
  return std::string();
}

constexpr const char* given_up = "; nothing is compared with it any more, unless it is accepted again";

bool is_night_arm(std::string_view label) { return label == arm_tonight || label.starts_with("aa-"); }

}  // namespace

Result<void> NightRun::settle(NightCell& cell) {
  auto record = lab_.experiments.get(*cell.experiment);
  if (!record) return record.error();
  if (record->state != ExperimentState::done) return {};
  if (auto concluded = conclude(cell, *record); !concluded) return concluded;
  spdlog::info("night {}: {}: {}{}{}{}{}", id_, places_.at(cell.cell).label, name(cell.state),
               cell.verdict == CellVerdict::none ? "" : ": ", name(cell.verdict), cell.reason.empty() ? "" : ": ", printable(cell.reason));
  auto stored = lab_.nights.update(cell);
  lab_.bell.ring();
  return stored;
}

Result<void> NightRun::conclude(NightCell& cell, const ExperimentRecord& record) {
  const auto outcome = record.outcome.value_or(Outcome::lab_error);
  cell.state = CellState::done;
  if (outcome == Outcome::cancelled) {
    const bool late = left() && *left() <= 0.0;
    cell.state = CellState::put_off;
    cell.reason = late ? "the night was over before its turn came" : fmt::format("experiment {} was cancelled", record.id);
    return {};
  }
  if (outcome == Outcome::lab_error || outcome == Outcome::interrupted) {
    cell.state = CellState::lab_error;
    cell.reason = record.message;
    return {};
  }
  if (outcome == Outcome::apply_failed || outcome == Outcome::build_failed) {
    auto arm = failed_arm(lab_, record);
    if (!arm) return arm.error();
    cell.reason = record.message;
    if (is_night_arm(*arm)) {
      cell.verdict = CellVerdict::failed;
      return {};
    }
    // Not tonight's doing: what has been good before no longer builds here.
    cell.state = CellState::lab_error;
    if (!cell.reason.starts_with(*arm)) cell.reason = fmt::format("{}: {}", *arm, cell.reason);
    if (*arm != arm_last_good || !cell.last_good) return {};
    // It would fail every night. Tonight goes on with an older one, or none.
    cell.reason += given_up;
    if (!matrix_) return lab_.nights.give_up(*cell.last_good, cell, false);
    const auto good = *std::exchange(cell.last_good, std::nullopt);
    cell.state = CellState::waiting;
    cell.reason += fmt::format(" (experiment {})", *std::exchange(cell.experiment, std::nullopt));
    return lab_.nights.give_up(good, cell, true);
  }
  auto digest = lab_.nights.fingerprint(record.id, std::string(cell.kind == CellKind::aa ? "aa-1" : arm_tonight));
  if (!digest) return digest.error();
  cell.fingerprint = *digest;
  auto report = experiment_report(lab_, record);
  if (!report) return report.error();
  if (cell.kind == CellKind::aa) {
    cell.reason = record.message;
    return {};
  }
  const auto against = [&](std::string_view label) {
    return std::find_if(report->comparisons.begin(), report->comparisons.end(),
                        [&](const Comparison& c) { return c.reference == label && c.patched == arm_tonight; });
  };
  auto comparison = cell.last_good ? against(arm_last_good) : report->comparisons.end();
  if (comparison == report->comparisons.end()) comparison = against(arm_reference);
  if (comparison == report->comparisons.end()) return {};
  auto judgement = judge(*comparison);
  auto passed_over = lab_.nights.given_up_during(cell.id);
  if (!passed_over) return passed_over.error();
  const auto before = *passed_over > 0 ? cell.reason : std::string();
  // With nothing to compare with, only a failure says something.
  if (!cell.last_good && judgement.verdict != CellVerdict::failed) return {};
  cell.verdict = judgement.verdict;
  if (judgement.verdict == CellVerdict::failed && !record.message.empty()) cell.reason = record.message;
  else cell.reason = std::move(judgement.reason);
  if (!before.empty()) cell.reason += (cell.reason.empty() ? "" : "; ") + before;
  // Tonight's kernel boots here, and what was good before does not.
  if (cell.last_good && judgement.verdict == CellVerdict::insufficient_data && comparison->reference_failed > comparison->patched_failed) {
    cell.reason = fmt::format("{}: {} of {} boots failed", comparison->reference, comparison->reference_failed,
                              comparison->reference_failed + comparison->reference_boots);
    cell.reason += given_up;
    return lab_.nights.give_up(*cell.last_good, cell, false);
  }
  return {};
}

}  // namespace klab
