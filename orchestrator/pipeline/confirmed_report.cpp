// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/confirmed_report.hpp"

namespace klab {

Result<Report> confirmed_report(Lab& lab, const ExperimentRecord& record) {
  auto report = experiment_report(lab, record);
  if (!report) return report;
  if (record.confirms) report->confirmation_note = fmt::format("these are fresh boots, to confirm experiment {}", *record.confirms);
  if (record.confirmed_by) {
    auto fresh = lab.experiments.get(*record.confirmed_by);
    if (!fresh) return fresh.error();
    if (fresh->state != ExperimentState::done) {
      report->confirmation_note = fmt::format("fresh boots of all arms are experiment {}, {}", fresh->id, name(fresh->state));
      return report;
    }
    report->confirmation_outcome = fresh->outcome.value_or(Outcome::lab_error);
    if (report->confirmation_outcome != Outcome::ok) {
      report->confirmation_note = fmt::format("fresh boots of all arms were experiment {}, which ended as {}{}{}", fresh->id,
                                              name(*report->confirmation_outcome), fresh->message.empty() ? "" : ": ", fresh->message);
      return report;
    }
    auto again = experiment_report(lab, *fresh);
    if (!again) return again;
    report->confirmation.push_back(std::move(*again));
    return report;
  }
  if (record.plan.confirm && record.seen && record.outcome == Outcome::ok)
    report->confirmation_note = "no confirmation was needed: no primary row is suggestive or near its threshold";
  return report;
}

}  // namespace klab
