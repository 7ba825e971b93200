// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/aa_judgement.hpp"

#include <fmt/format.h>

#include "stats/aa_alarm.hpp"

namespace klab {
namespace {

std::string words_of(const AaStanding& standing) {
  if (standing.runs == 0) return "none yet";
  const auto counted = fmt::format("equal kernels were told apart in {} of {} A/A run{}", standing.alarms, standing.runs, standing.runs == 1 ? "" : "s");
  if (standing.runs < aa_runs_before_alarm) return fmt::format("{}; from {} on that is judged", counted, aa_runs_before_alarm);
  if (!aa_alarming(standing)) return fmt::format("{}; one in twenty is to be expected (binomial p {:.2g})", counted, aa_p(standing));
  return fmt::format("{}, where one in twenty is to be expected (binomial p {:.2g}): verdicts of this lab are not to be trusted until it is found why",
                     counted, aa_p(standing));
}

}  // namespace

AaJudgement judge_aa(const AaStanding& standing) { return {aa_alarming(standing), words_of(standing)}; }

}  // namespace klab
