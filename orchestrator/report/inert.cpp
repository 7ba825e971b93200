// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/inert.hpp"

#include "util/text.hpp"

namespace klab::report {
namespace {

void clean(std::string& text) { text = printable(text); }

void clean(ComparisonRow& row) {
  clean(row.workload);
  clean(row.case_name);
  clean(row.metric.name);
  clean(row.metric.unit);
  clean(row.note);
  for (auto& boot : row.reference) clean(boot.boot);
  for (auto& boot : row.patched) clean(boot.boot);
}

void clean(ArmProfile& arm) {
  clean(arm.label);
  clean(arm.boot);
  clean(arm.trouble);
  for (auto& profile : arm.cases) {
    clean(profile.workload);
    clean(profile.case_name);
    clean(profile.method);
    for (auto& symbol : profile.symbols) {
      clean(symbol.symbol);
      clean(symbol.module);
    }
  }
}

}  // namespace

Report inert(Report report) {
  clean(report.provenance.title);
  clean(report.provenance.experiment);
  for (auto& label : report.provenance.labels) clean(label);
  for (auto& [key, value] : report.provenance.facts) {
    clean(key);
    clean(value);
  }
  for (auto& arm : report.arms) {
    clean(arm.label);
    clean(arm.title);
    clean(arm.heading);
    clean(arm.machine);
    clean(arm.variant);
  }
  for (auto& fact : report.facts) {
    clean(fact.workload);
    clean(fact.name);
    clean(fact.description);
    for (auto& [text, where] : fact.said) {
      clean(text);
      clean(where);
    }
  }
  for (auto& comparison : report.comparisons) {
    clean(comparison.reference);
    clean(comparison.patched);
    for (auto& row : comparison.rows) clean(row);
    if (comparison.failures) clean(*comparison.failures);
    if (!comparison.profile) continue;
    clean(comparison.profile->reference);
    clean(comparison.profile->patched);
  }
  clean(report.confirmation_note);
  for (auto& fresh : report.confirmation) fresh = inert(std::move(fresh));
  return report;
}

}  // namespace klab::report
