// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <map>
#include <numeric>

#include "stats/design.hpp"
#include "stats/family.hpp"
#include "stats/rank_test.hpp"
#include "stats/row.hpp"
#include "stats/shift.hpp"
#include "stats/verdict.hpp"

namespace klab {
namespace {

void add_note(ComparisonRow& row, std::string_view note) {
  if (note.empty()) return;
  if (!row.note.empty()) row.note += "; ";
  row.note += note;
}

// The pooled standard deviation of the row on the scale that is tested.
double pooled_sd(const RowValues& row) {
  double squares = 0.0;
  for (const std::span<const double> arm : {row.reference_values(), row.patched_values()}) {
    std::vector<double> scaled(arm.begin(), arm.end());
    if (row.is_ratio)
      std::transform(arm.begin(), arm.end(), scaled.begin(), [](double v) { return std::log(v); });
    // About the first value: equal values give exactly 0.
    double sum = 0.0;
    for (double& value : scaled) sum += value - scaled.front();
    const double mean = scaled.front() + sum / static_cast<double>(scaled.size());
    for (const double value : scaled) squares += (value - mean) * (value - mean);
  }
  return std::sqrt(squares / (row.reference + row.patched - 2));
}

// The change that would be found in 80 % of experiments like this one.
std::optional<double> detectable_change(const RowValues& row, std::optional<double> least_significant_t) {
  if (!least_significant_t) return std::nullopt;
  const double n = row.reference;
  const double m = row.patched;
  const double t80 = boost::math::quantile(boost::math::students_t(n + m - 2.0), 0.8);
  const double shift = (*least_significant_t + t80) * pooled_sd(row) * std::sqrt(1.0 / n + 1.0 / m);
  const double change = row.is_ratio ? std::expm1(shift) : shift;
  if (!std::isfinite(change) || change <= 0.0) return std::nullopt;
  return change;
}

// The work on one contrast: rows that share a pattern of missing boots share a set of labellings.
class Comparer {
 public:
  Comparer(const ContrastData& data, Comparison& out) : data_(data), out_(out), design_(data) {}

  void run() {
    std::vector<int> all(static_cast<std::size_t>(design_.boots()));
    std::iota(all.begin(), all.end(), 0);
    const LabellingSet joint = design_.labellings(all);
    out_.labellings = joint.size();
    out_.sampled = joint.sampled();
    std::map<std::vector<int>, std::vector<std::size_t>> by_pattern;
    for (const RowData& row : data_.rows) {
      begin_row(row);
      if (row.unavailable.empty()) by_pattern[values_.back().boots].push_back(values_.size() - 1);
    }
    test_family(joint);
    for (const auto& [boots, rows] : by_pattern) {
      if (boots == all) {
        for (const std::size_t row : rows) finish_row(row, joint, joint);
      } else {
        const LabellingSet set = design_.labellings(boots);
        for (const std::size_t row : rows) finish_row(row, set, joint);
      }
    }
  }

 private:
  void begin_row(const RowData& data) {
    ComparisonRow& row = out_.rows.emplace_back();
    row.workload = data.workload;
    row.case_name = data.case_name;
    row.metric = data.metric;
    row.floor = data.floor;
    if (!data.unavailable.empty()) {
      values_.emplace_back();
      row.verdict = Verdict::not_available;
      row.note = data.unavailable;
      return;
    }
    values_.push_back(usable_values(data, design_));
    describe_arms(values_.back(), data_, row);
  }

  static bool has_both_arms(const RowValues& row) { return row.reference > 0 && row.patched > 0; }
  static bool has_enough(const RowValues& row) {
    return row.reference >= kLeastBoots && row.patched >= kLeastBoots;
  }

  // All primary rows belong to the family, those with too few boots as well: whether a row has enough
  // in each arm depends on the labels, so that leaving rows out by it would bias the others' p.
  void test_family(const LabellingSet& joint) {
    std::vector<std::size_t> members;
    std::vector<FamilyRow> rows;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (out_.rows[i].verdict == Verdict::not_available || !out_.rows[i].metric.primary) continue;
      members.push_back(i);
      rows.push_back(values_[i].tested(design_.boots()));
    }
    if (rows.empty() || joint.patched() == 0 || joint.patched() == joint.boots()) return;
    const FamilyTest test = family_test(rows, joint);
    family_t_ = test.least_significant_t;
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (has_enough(values_[members[i]])) out_.rows[members[i]].family_p = test.p[i];
    }
  }

  void finish_row(std::size_t index, const LabellingSet& set, const LabellingSet& joint) {
    const RowValues& values = values_[index];
    ComparisonRow& row = out_.rows[index];
    add_note(row, values.note);
    const bool is_partial = set.boots() != joint.boots();
    if (has_both_arms(values)) {
      row.effect = shift(values.reference_values(), values.patched_values(), values.is_ratio,
                         interval(values.reference, values.patched));
      row.row_p = rank_p_value(values.values, set);
      if (is_partial)
        add_note(row, fmt::format("p over the {} labellings of the boots that have it", set.size()));
      if (!values.is_ratio) add_note(row, "values <= 0: difference instead of ratio");
      add_note(row, design_.note());
      if (design_.note().empty() && !set.balance_kept()) add_note(row, "p over all labellings");
    }
    judge(values, set, joint, row);
  }

  void judge(const RowValues& values, const LabellingSet& set, const LabellingSet& joint,
             ComparisonRow& row) {
    if (!has_enough(values)) {
      add_note(row, fmt::format("fewer than {} boots in an arm", kLeastBoots));
      return;
    }
    if (set.smallest_p() > 0.05) {
      add_note(row, fmt::format("smallest possible p is {:.3f} with {}+{} boots", set.smallest_p(),
                                values.reference, values.patched));
      return;
    }
    const std::optional<double> least_t =
        row.metric.primary ? family_t_
                           : family_test({values.tested(design_.boots())}, joint).least_significant_t;
    row.detectable_change = detectable_change(values, least_t);
    if (design_.ran_as_two_blocks(values.boots)) {
      row.verdict = Verdict::order_confounded;
      add_note(row, "all boots of one arm ran before those of the other: host drift would look the same");
      return;
    }
    // What equal kernels differ by on this host is no change of the kernel's, however sure it is.
    row.verdict = verdict_of({*row.effect, *row.row_p, row.family_p, row.metric.better, practical_threshold(row, data_.delta)});
  }

  const OrderInterval& interval(int n, int m) {
    const auto [found, is_new] = intervals_.try_emplace({n, m});
    if (is_new) found->second = order_interval(n, m);
    return found->second;
  }

  const ContrastData& data_;
  Comparison& out_;
  Design design_;
  std::vector<RowValues> values_;  // one per row of out_
  std::optional<double> family_t_;
  std::map<std::pair<int, int>, OrderInterval> intervals_;
};

// Failed boots as a row of its own: 1 for a boot that failed, 0 for one that gave results. Slots of
// failed boots are not known, so p is over all labellings.
ComparisonRow failures_row(const ContrastData& data) {
  ContrastData failures;
  failures.seed = data.seed;
  failures.delta = data.delta;
  RowData& row = failures.rows.emplace_back();
  row.case_name = "failed boots";
  row.metric = {"failures", "", Better::lower, true, 0.5};
  const auto fill = [](const ArmData& from, ArmData& arm, std::vector<std::optional<double>>& values) {
    for (const BootPoint& boot : from.boots) arm.boots.push_back({boot.boot, 0});
    values.assign(from.boots.size(), 0.0);
    for (int i = 0; i < from.failed; ++i) arm.boots.push_back({"failed", 0});
    values.resize(arm.boots.size(), 1.0);
  };
  fill(data.reference, failures.reference, row.reference);
  fill(data.patched, failures.patched, row.patched);
  ComparisonRow result = compare(failures).rows.front();
  const auto restore = [](const ArmData& from, std::vector<ComparedBoot>& boots) {
    for (std::size_t i = 0; i < boots.size(); ++i) {
      boots[i].far = false;  // says nothing about zeros and ones
      if (i < from.boots.size()) boots[i].slot = from.boots[i].slot;
    }
  };
  restore(data.reference, result.reference);
  restore(data.patched, result.patched);
  result.note =
      fmt::format("failed boots {}/{} vs {}/{}", data.reference.failed, failures.reference.boots.size(),
                  data.patched.failed, failures.patched.boots.size());
  return result;
}

}  // namespace

Comparison compare(const ContrastData& data) {
  Comparison out;
  out.reference = data.reference.label;
  out.patched = data.patched.label;
  out.reference_boots = static_cast<int>(data.reference.boots.size());
  out.patched_boots = static_cast<int>(data.patched.boots.size());
  out.reference_failed = data.reference.failed;
  out.patched_failed = data.patched.failed;
  out.order = data.order;
  out.seed = data.seed;
  out.delta = data.delta;
  Comparer(data, out).run();
  if (data.reference.failed > 0 || data.patched.failed > 0) out.failures = failures_row(data);
  return out;
}

}  // namespace klab
