// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/investigation_plan.hpp"

#include <algorithm>
#include <cmath>

#include "pipeline/night_points.hpp"
#include "util/text.hpp"
#include "workload/definition.hpp"

namespace klab {
namespace {

struct Side {
  ExperimentRecord record;
  std::size_t arm = 0;
};

Result<Side> read_side(Lab& lab, std::int64_t night_cell) {
  auto cell = lab.nights.night_cell(night_cell);
  if (!cell) return cell.error();
  if (!cell->experiment) return input_error("cannot compare night {}: its experiment is not known any more", cell->night);
  auto record = lab.experiments.get(*cell->experiment);
  if (!record) return record.error();
  const auto& arms = record->plan.arms;
  const auto tonight = std::find_if(arms.begin(), arms.end(), [](const ArmPlan& arm) { return arm.label == arm_tonight; });
  if (tonight == arms.end()) return input_error("cannot compare night {}: experiment {} has no arm \"{}\"", cell->night, record->id, arm_tonight);
  const auto place = static_cast<std::size_t>(tonight - arms.begin());
  Side side{std::move(*record), place};
  if (side.record.arms.at(side.arm).commit.empty())
    return input_error("cannot compare night {}: experiment {} never found its commit", cell->night, side.record.id);
  return side;
}

bool same_kconfig(const Kconfig& a, const Kconfig& b) {
  return a.base == b.base && std::equal(a.fragments.begin(), a.fragments.end(), b.fragments.begin(), b.fragments.end(),
                                        [](const auto& x, const auto& y) { return x.name == y.name && x.text == y.text; });
}

bool same_series(const Series& a, const Series& b) {
  return std::equal(a.patches.begin(), a.patches.end(), b.patches.begin(), b.patches.end(),
                    [](const Patch& x, const Patch& y) { return x.mail == y.mail; });
}

bool same_range(const std::optional<PatchRange>& a, const std::optional<PatchRange>& b) {
  return a.has_value() == b.has_value() && (!a || (a->first == b->first && a->last == b->last));
}

// The workloads as they are now: the ruler may be another than on those nights, but is one for all arms.
void renew_workloads(Lab& lab, ExperimentPlan& plan) {
  for (auto& workload : plan.workloads) {
    auto definition = load_workload(lab.config.workloads() / workload.name);
    if (!definition) continue;  // said when the experiment is run
    auto run = resolve(*definition, workload.request);
    if (!run) continue;
    workload.hash = definition->hash;
    workload.parameters = run->parameters;
    workload.metrics = definition->metrics;
    workload.facts = definition->facts;
  }
}

void pin(ArmPlan& arm, std::string_view label, const std::string& commit) {
  arm.label = label;
  arm.base = commit;
  arm.title.clear();
  arm.heading.clear();
}

ExperimentPlan plan_of(const Sides& sides, const std::string& title, int boots, std::uint64_t seed) {
  auto plan = sides.plan;
  plan.title = title;
  plan.submitter = "klabd";
  plan.boots = std::clamp(boots, 1, 100);
  plan.seed = seed;
  plan.profile = plan.confirm = false;
  plan.arms = {sides.good, sides.bad};
  plan.contrasts = {{0, 1}};
  return plan;
}

// Whether the row differs at all, with the certainty of a verdict but whatever its size.
bool is_significant(const ComparisonRow& row) {
  if (!row.effect || !row.row_p) return false;
  const double none = row.effect->is_ratio ? 1.0 : 0.0;
  const double p = row.metric.primary ? row.family_p.value_or(1.0) : *row.row_p;
  return p <= 0.05 && (row.effect->low > none || row.effect->high < none);
}

bool rises_in(const ComparisonRow& row) { return row.effect->estimate > (row.effect->is_ratio ? 1.0 : 0.0); }

double distance(const ComparisonRow& row) {
  return row.effect->is_ratio ? std::abs(std::log(row.effect->estimate)) : std::abs(row.effect->estimate);
}

}  // namespace

Result<Sides> read_sides(Lab& lab, const Investigation& investigation) {
  auto good = read_side(lab, investigation.last_good);
  if (!good) return good.error();
  auto bad = read_side(lab, investigation.first_bad);
  if (!bad) return bad.error();
  Sides sides;
  sides.plan = bad->record.plan;
  sides.good = good->record.plan.arms[good->arm];
  sides.bad = bad->record.plan.arms[bad->arm];
  sides.good_commit = good->record.arms[good->arm].commit;
  sides.bad_commit = bad->record.arms[bad->arm].commit;
  if (!lab.config.machines.count(sides.bad.machine))
    return input_error("cannot compare them on \"{}\": no such machine is configured any more", sides.bad.machine);
  if (!lab.config.trees.count(sides.bad.tree))
    return input_error("cannot compare them: no tree \"{}\" is configured any more", sides.bad.tree);
  if (sides.good.tree != sides.bad.tree) return input_error("cannot compare them: one is of tree {}, the other of tree {}", sides.good.tree, sides.bad.tree);
  if (!same_kconfig(sides.good.kconfig, sides.bad.kconfig)) sides.differences.push_back("the kconfig");
  if (sides.good.command_line != sides.bad.command_line) sides.differences.push_back("the command line");
  const bool both = sides.good.series && sides.bad.series;
  bool other_series = sides.good.series.has_value() != sides.bad.series.has_value() || !same_range(sides.good.patches, sides.bad.patches);
  if (sides.good.series) {
    const auto& series = good->record.plan.series.at(*sides.good.series);
    if (both && same_series(series, sides.plan.series.at(*sides.bad.series))) {
      sides.good.series = sides.bad.series;
    } else {
      other_series = true;
      sides.plan.series.push_back(series);
      sides.good.series = sides.plan.series.size() - 1;
    }
  }
  if (other_series) sides.differences.push_back("the series");
  // On the machine of the bad night, whatever was asked for then.
  sides.good.machine = sides.bad.machine;
  sides.good.machine_request.clear();
  sides.bad.machine_request.clear();
  pin(sides.good, arm_last_good, sides.good_commit);
  pin(sides.bad, arm_first_bad, sides.bad_commit);
  renew_workloads(lab, sides.plan);
  return sides;
}

ExperimentPlan confirmation_plan(const Sides& sides, const std::string& title, int boots, std::uint64_t seed) {
  return plan_of(sides, title, boots, seed);
}

ExperimentPlan bisection_plan(const Sides& sides, const std::string& commit, const std::string& title, int boots, std::uint64_t seed) {
  auto plan = plan_of(sides, title, boots, seed);
  plan.arms.push_back(sides.bad);
  pin(plan.arms.back(), arm_candidate, commit);
  plan.contrasts = {{0, 2}, {1, 2}, {0, 1}};
  return plan;
}

std::string row_words(const RowKey& row) { return fmt::format("{} {}, {}", row.workload, row.case_name, row.metric); }

std::string effect_words(const ComparisonRow& row) {
  if (!row.effect) return "no result";
  const auto& effect = *row.effect;
  std::string text = effect.is_ratio ? fmt::format("{:+.1f}% [{:+.1f}%, {:+.1f}%]", (effect.estimate - 1.0) * 100.0,
                                                   (effect.low - 1.0) * 100.0, (effect.high - 1.0) * 100.0)
                                     : fmt::format("{:+.4g} [{:+.4g}, {:+.4g}]", effect.estimate, effect.low, effect.high);
  if (row.family_p) text += fmt::format(", family p {:.3f}", *row.family_p);
  else if (row.row_p) text += fmt::format(", row p {:.3f}", *row.row_p);
  return text;
}

Finding read_confirmation(const Report& report, const RowKey& key, bool rises) {
  const auto* comparison = find_comparison(report, arm_last_good, arm_first_bad);
  const auto* row = comparison ? find_row(*comparison, key) : nullptr;
  if (!row || !row->effect) return {"undecided", "no result of this row"};
  const auto words = fmt::format("{}: {}", name(row->verdict), effect_words(*row));
  const bool same = rises_in(*row) == rises;
  const bool changed = row->verdict == Verdict::improved || row->verdict == Verdict::regressed;
  // A row outside the family can be no more than suggestive.
  const bool alone = !row->metric.primary && row->verdict == Verdict::suggestive;
  if (same && (changed || alone)) return {"bad", words};
  if (same && row->verdict == Verdict::suggestive) return {"undecided", words};
  if (row->verdict == Verdict::insufficient_data) return {"undecided", words};
  return {"good", words};
}

std::optional<RowKey> other_row(const Report& report, const RowKey& key, bool worse) {
  const auto* comparison = find_comparison(report, arm_last_good, arm_first_bad);
  if (!comparison) return std::nullopt;
  const ComparisonRow* best = nullptr;
  for (const auto& row : comparison->rows) {
    const RowKey other{row.workload, row.case_name, row.metric.name};
    if (other == key || !row.metric.primary || row.verdict != (worse ? Verdict::regressed : Verdict::improved)) continue;
    if (!best || distance(row) > distance(*best)) best = &row;
  }
  if (!best) return std::nullopt;
  return RowKey{best->workload, best->case_name, best->metric.name};
}

Finding read_step(const Report& report, const RowKey& key, bool rises) {
  const auto* from_good = find_comparison(report, arm_last_good, arm_candidate);
  const auto* from_bad = find_comparison(report, arm_first_bad, arm_candidate);
  const auto* good = from_good ? find_row(*from_good, key) : nullptr;
  const auto* bad = from_bad ? find_row(*from_bad, key) : nullptr;
  if (!good || !bad || !good->effect || !bad->effect) return {"undecided", "no result of this row"};
  const auto words = fmt::format("against last good {}; against first bad {}", effect_words(*good), effect_words(*bad));
  const bool shows = is_significant(*good) && rises_in(*good) == rises;
  const bool lacks = is_significant(*bad) && rises_in(*bad) != rises;
  if (shows && lacks) {
    const bool near_bad = distance(*bad) < distance(*good);
    return {near_bad ? "bad" : "good", fmt::format("between the two, nearer to {}: {}", near_bad ? "first bad" : "last good", words)};
  }
  if (shows) return {"bad", words};
  if (lacks) return {"good", words};
  return {"undecided", words};
}

}  // namespace klab
