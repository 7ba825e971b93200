// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "model/comparison.hpp"

namespace klab {

// The report as JSON for programs. Keys, in this order; new ones are only added:
//   format "klab-report", version 1, exit_code (report/exit_code.hpp)
//   provenance: title, experiment (null for imported data), labels [text], facts [{name, value}]
//   contrasts [{reference, patched: {label, boots, failed}, order "balanced" | "uniform" | "unknown",
//     seed (decimal text: 64 bits do not survive a double), labellings, sampled, delta, rows, failures}]
//   a row, and failures unless null: {workload, case, metric: {name, unit, better, primary, min_change},
//     reference, patched: {median, cv, boots: [{boot, slot, value, far}]},
//     effect: {kind "ratio" | "difference", estimate, low, high, coverage} or null,
//     row_p, family_p, detectable_change, verdict, note}
//   where one was asked for, a contrast's profile: report/profile_json.hpp
// Numbers are raw; absent or not finite is null; slot 0 is unknown; coverage, cv and delta are
// fractions. Text holds no control characters. One line per innermost object. Pure.
std::string render_json(const Report& report);

}  // namespace klab
