// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/page/marks.hpp"

#include "report/words.hpp"

namespace klab::page {

Mark mark_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::improved:
      return {"improved", "\u25b2", "improved"};
    case Verdict::regressed:
      return {"regressed", "\u25bc", "regressed"};
    case Verdict::significant_below_threshold:
      return {"neutral", "\u2264", name(verdict)};
    case Verdict::suggestive:
      return {"suggestive", "?", "suggestive"};
    case Verdict::no_change:
      return {"neutral", "=", "no change"};
    case Verdict::within_noise:
      return {"neutral", "~", report::short_name(verdict)};
    case Verdict::insufficient_data:
    case Verdict::order_confounded:
    case Verdict::not_available:
      return {"absent", "\u2013", name(verdict)};
  }
  return {"absent", "\u2013", "unknown"};
}

Mark mark_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok:
      return {"ok", "\u25cf", "ok"};
    case Outcome::apply_failed:
    case Outcome::build_failed:
    case Outcome::boot_failed:
    case Outcome::crashed:
    case Outcome::hung:
    case Outcome::workload_failed:
      return {"failed", "\u00d7", name(outcome)};
    case Outcome::lab_error:
      return {"lab", "!", name(outcome)};
    case Outcome::interrupted:
      return {"absent", "/", name(outcome)};
    case Outcome::cancelled:
      return {"absent", "\u2013", name(outcome)};
  }
  return {"absent", "\u2013", "unknown"};
}

Mark mark_of(CellVerdict verdict) {
  switch (verdict) {
    case CellVerdict::failed:
      return {"failed", "\u00d7", "failed"};
    case CellVerdict::regressed:
      return {"regressed", "\u25bc", "regressed"};
    case CellVerdict::improved:
      return {"improved", "\u25b2", "improved"};
    case CellVerdict::suggestive:
      return {"suggestive", "?", "suggestive"};
    case CellVerdict::no_change:
      return {"neutral", "=", "no change"};
    case CellVerdict::within_noise:
      return {"neutral", "~", "within noise"};
    case CellVerdict::insufficient_data:
      return {"absent", "\u2013", "insufficient data"};
    case CellVerdict::none:
      break;
  }
  return {"absent", "\u00b7", "nothing to compare with"};
}

Mark mark_of(const NightCell& cell) {
  switch (cell.state) {
    case CellState::waiting:
      return {"absent", "\u2026", "waiting"};
    case CellState::running:
      return {"running", "\u25b8", "running"};
    case CellState::skipped:
      return {"absent", "\u203a", "skipped"};
    case CellState::put_off:
      return {"absent", "\u00bb", "put off"};
    case CellState::lab_error:
      return {"lab", "!", "lab error"};
    case CellState::done:
      break;
  }
  if (cell.verdict == CellVerdict::none && cell.kind == CellKind::aa) return {"absent", "A", "A/A run"};
  return mark_of(cell.verdict);
}

}  // namespace klab::page
