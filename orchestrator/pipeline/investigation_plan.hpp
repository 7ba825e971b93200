// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "build/bisect.hpp"  // the commits between the two
#include "model/trend.hpp"
#include "pipeline/lab.hpp"

namespace klab {

inline constexpr std::string_view arm_first_bad = "first-bad";
inline constexpr std::string_view arm_candidate = "candidate";

// The two nights that an investigation compares, as they were measured.
struct Sides {
  ArmPlan good, bad;  // of `plan`
  std::string good_commit, bad_commit;
  ExperimentPlan plan;  // of the bad night: workloads, boots, threshold, and all series that either arm has
  std::vector<std::string> differences;  // beside the commit: "the kconfig", "the command line", "the series"
};
// Errors of kind input say why the two cannot be compared any more. Reads workloads; blocks.
Result<Sides> read_sides(Lab& lab, const Investigation& investigation);

// Experiments on the machine of the bad night, with fresh boots in random order. `boots` per arm.
ExperimentPlan confirmation_plan(const Sides& sides, const std::string& title, int boots, std::uint64_t seed);
ExperimentPlan bisection_plan(const Sides& sides, const std::string& commit, const std::string& title, int boots, std::uint64_t seed);

// What fresh boots say of a change. `rises` is its direction.
struct Finding {
  std::string mark;  // "good": it is not there; "bad": it is; "undecided"
  std::string text;
};
// Of the confirmation: the row shows it with the verdict improved or regressed, in that direction. Suggestive in that
// direction is undecided, all else is good.
Finding read_confirmation(const Report& report, const RowKey& row, bool rises);
// Of a step: the side from which the candidate differs, by the family's p and the interval, is not its own; where it
// differs from both, it belongs to the nearer.
Finding read_step(const Report& report, const RowKey& row, bool rises);
// Another primary row of the confirmation that got better or worse as `worse` says, where the first does not show it.
std::optional<RowKey> other_row(const Report& report, const RowKey& row, bool worse);
// "+5.1% [+3.2%, +7.0%], family p 0.011"
std::string effect_words(const ComparisonRow& row);
std::string row_words(const RowKey& row);  // "tiny a, time"

}  // namespace klab
