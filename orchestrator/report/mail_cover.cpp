// SPDX-License-Identifier: GPL-3.0-or-later
// The paragraphs that open a mail: what was done, what came out, and what speaks against it.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "model/experiment_json.hpp"
#include "report/confirmation.hpp"
#include "report/inert.hpp"
#include "report/layout.hpp"
#include "report/mail.hpp"
#include "report/numbers.hpp"
#include "report/outline.hpp"
#include "report/words.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

using namespace report;  // NOLINT: the room's own helpers

constexpr std::size_t width = 72;
constexpr std::size_t most_rows = 12;  // told one by one; the table has all

std::string counted(std::size_t count, std::string_view one) { return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s"); }

bool is_aa(const ExperimentPlan& plan) {
  return std::none_of(plan.arms.begin(), plan.arms.end(), [](const ArmPlan& arm) { return arm.series.has_value(); });
}

// "v2 of the series (4 patches) against its base"
std::string what_was_compared(const ExperimentPlan& plan) {
  if (plan.contrasts.size() == 1) {
    const auto& reference = plan.arms.at(plan.contrasts[0].first);
    const auto& patched = plan.arms.at(plan.contrasts[0].second);
    if (is_aa(plan)) return "a kernel against itself (A/A), which shows the noise of the machine";
    if (patched.series && !reference.series) {
      const auto& series = plan.series.at(*patched.series);
      if (patched.patches) return fmt::format("patches {} of this series (v{}) against its base", format_patch_range(*patched.patches), series.version);
      return fmt::format("this series (v{}, {}) against its base", series.version, series.patches.size() == 1 ? "1 patch" : fmt::format("{} patches", series.patches.size()));
    }
    return fmt::format("{} against {}", patched.label, reference.label);
  }
  return fmt::format("{}, in {}", counted(plan.arms.size(), "kernel and machine pair"), counted(plan.contrasts.size(), "contrast"));
}

std::string opening(const MailSource& source, const Report& report) {
  std::vector<std::string> workloads;
  for (const auto& workload : source.plan.workloads) workloads.push_back(workload.name);
  std::string out = fmt::format("This compares {}", what_was_compared(source.plan));
  out += fmt::format(". Workload{} {}; {} of each kernel were planned, in random order. The boot is the unit of the statistics: "
                     "iterations within one count once, by their median.",
                     workloads.size() == 1 ? "" : "s", join(workloads, ", "), counted(static_cast<std::size_t>(source.plan.boots), "boot"));
  for (const auto& [key, value] : report.provenance.facts)
    if (key.starts_with("machine ")) out += fmt::format(" {}{}.", key == "machine vm" ? "Guest: " : key.substr(8) + ": ", value);
  return wrap(out, width);
}

std::string end_of_experiment(const MailSource& source) {
  if (!source.outcome)
    return "\n" + wrap(fmt::format("The experiment still runs: {} of {} boots are done, and what follows may change.", source.boots_done,
                                   source.boots_planned), width);
  if (*source.outcome == Outcome::ok) return {};
  std::string out = "\n" + wrap(fmt::format("It ended with {}: {}", name(*source.outcome), printable(source.message)), width);
  if (trim(source.tail).empty()) return out;
  out += "\n";
  for (const auto& line : split_lines(tail(printable_lines(source.tail), 12))) {
    std::string flat = line;
    std::replace(flat.begin(), flat.end(), '\t', ' ');
    out += "    " + cut(flat, width - 4) + "\n";
  }
  return out;
}

struct Tally {
  std::map<Verdict, std::vector<const ComparisonRow*>> rows;
  std::size_t count(Verdict verdict) const {
    const auto found = rows.find(verdict);
    return found == rows.end() ? 0 : found->second.size();
  }
};

std::string row_line(const ComparisonRow& row, bool names_workload) {
  const auto effect = effect_text(row.effect);
  std::string p = row.verdict == Verdict::suggestive ? fmt::format("row p {}", p_text(row.row_p)) : fmt::format("family p {}", p_text(row.family_p));
  const bool hint = row.verdict == Verdict::suggestive || row.verdict == Verdict::significant_below_threshold;
  if (hint && row.effect) {
    const double change = row.effect->estimate - (row.effect->is_ratio ? 1.0 : 0.0);
    p += (change < 0) == (row.metric.better == Better::higher) ? ", for the worse" : ", for the better";
  }
  return wrap(fmt::format("{}{}, {}: {} {}, {} ({} -> {} {})", names_workload ? row.workload + ", " : "", row.case_name, row.metric.name,
                          effect.estimate, effect.interval, p, value_text(row.reference_median), value_text(row.patched_median),
                          row.metric.unit), width, 6, 2);
}

std::string changes(const Tally& tally, const Comparison& comparison) {
  std::string out;
  std::size_t told = 0, left = 0;
  std::set<std::string> workloads;
  for (const auto& row : comparison.rows) workloads.insert(row.workload);
  for (const auto& [verdict, heading] :
       {std::pair{Verdict::regressed, "regressed:"}, std::pair{Verdict::improved, "improved:"},
        std::pair{Verdict::suggestive, "suggestive (the row's own p only; wants a confirmation):"},
        std::pair{Verdict::significant_below_threshold, "significant, but less than the practical threshold:"}}) {
    const auto found = tally.rows.find(verdict);
    if (found == tally.rows.end()) continue;
    if (told < most_rows) out += std::string(heading) + "\n";
    for (const auto* row : found->second)
      if (told < most_rows) out += row_line(*row, workloads.size() > 1), ++told;
      else ++left;
  }
  if (left > 0) out += wrap(fmt::format("and {}; see the table", counted(left, "more row")), width, 2, 2);
  return out;
}

std::string unseen_changes(const Tally& tally) {
  const auto found = tally.rows.find(Verdict::within_noise);
  if (found == tally.rows.end()) return {};
  double least = 0, most = 0;
  for (const auto* row : found->second)
    if (row->detectable_change && row->effect && row->effect->is_ratio) {
      least = least == 0 ? *row->detectable_change : std::min(least, *row->detectable_change);
      most = std::max(most, *row->detectable_change);
    }
  std::string out = "Within boot-to-boot noise is not the same as no change";
  if (most > 0)
    out += percent_text(least) == percent_text(most) ? fmt::format(": there, less than about {} could not have been seen", percent_text(most))
                                                     : fmt::format(": there, less than about {} to {}, by row, could not have been seen",
                                                                   percent_text(least), percent_text(most));
  return out + ".";
}

std::string result(const Comparison& comparison, bool only) {
  Tally tally;
  std::size_t rows = 0;
  for (const auto& row : comparison.rows) {
    if (!row.metric.primary) continue;
    tally.rows[row.verdict].push_back(&row);
    rows += row.verdict != Verdict::not_available;
  }
  std::string out = only ? "" : fmt::format("{} against {}: ", comparison.patched, comparison.reference);
  if (rows == 0) {
    out += "no boot gave a result that could be compared.";
  } else if (tally.count(Verdict::order_confounded) == rows) {
    out += "the boots ran as two blocks, so drift and patch cannot be told apart: this says nothing.";
  } else if (tally.count(Verdict::insufficient_data) == rows) {
    out += fmt::format("{} + {} boots are too few for any p <= 0.05: this says nothing either way.", comparison.reference_boots,
                       comparison.patched_boots);
  } else {
    std::vector<std::string> parts;
    const auto add = [&](Verdict verdict, std::string_view words) {
      if (const auto count = tally.count(verdict)) parts.push_back(fmt::format("{} {}", count, words));
    };
    add(Verdict::regressed, "regressed");
    add(Verdict::improved, "improved");
    add(Verdict::suggestive, "suggestive");
    add(Verdict::significant_below_threshold, "significant below the threshold");
    add(Verdict::no_change, "without change");
    add(Verdict::within_noise, "within boot-to-boot noise");
    add(Verdict::insufficient_data, "with too few boots");
    add(Verdict::order_confounded, "confounded with the order");
    out += fmt::format("of {}: {}.", counted(rows, "primary row"), join(parts, ", "));
    if (only) out.front() = 'O';
  }
  out = wrap(out, width);
  if (const auto told = changes(tally, comparison); !told.empty()) out += "\n" + told;
  if (const auto unseen = unseen_changes(tally); !unseen.empty()) out += "\n" + wrap(unseen, width);
  if (const auto failures = failures_sentence(comparison); !failures.empty()) out += "\n" + wrap("Not all boots gave results: " + failures + ".", width);
  return "\n" + out;
}

bool mentions(const Provenance& provenance, std::string_view part) {
  return std::any_of(provenance.labels.begin(), provenance.labels.end(), [&](const auto& label) { return label.find(part) != label.npos; });
}

// What fresh boots said, where some were asked for: beside the first ones, never pooled with them.
std::string confirmed(const Report& report) {
  const auto lines = confirmation_lines(report);
  if (lines.empty()) return {};
  std::string out = "\nFresh boots of the same kernels, to see whether it stays so:\n";
  for (const auto& line : lines) out += wrap(line, width, 4, 2);
  return out;
}

// What equal kernels are seen to differ by, where A/A runs have told it.
std::string noise_floors(const Report& report) {
  double least = 0, most = 0;
  for (const auto& comparison : report.comparisons)
    for (const auto& row : comparison.rows)
      if (row.metric.primary && row.floor && row.floor->is_ratio) {
        least = most == 0 ? row.floor->size : std::min(least, row.floor->size);
        most = std::max(most, row.floor->size);
      }
  if (most == 0) return {};
  const bool one = percent_text(least) == percent_text(most);
  return fmt::format("A/A runs on this machine have shown differences of up to {}{} between equal kernels; no smaller change is called one. ",
                     percent_text(most), one ? "" : fmt::format(" ({} in the quietest row)", percent_text(least)));
}

std::string caveats(const Report& report) {
  const auto& provenance = report.provenance;
  std::string out;
  if (mentions(provenance, "TCG"))
    out += "The guests ran under TCG, QEMU's emulation, not under KVM: cost of locks, wakeups and cache misses is not that of a real "
           "machine, so take the direction for a hint and the size for nothing. ";
  if (mentions(provenance, "emulated on")) out += "The guest's architecture is emulated. ";
  if (mentions(provenance, "overcommitted"))
    out += "The guest has more vCPUs than the host has CPUs (overcommitted): vCPUs are preempted while they hold locks. ";
  if (mentions(provenance, "simulated host")) out += "The host is simulated, not bare metal. ";
  if (mentions(provenance, "under a hypervisor")) out += "The host runs under a hypervisor; it is not bare metal. ";
  if (mentions(provenance, "instrumented")) out += "Every kernel carried the instrument named below, the base as well. ";
  out += noise_floors(report);
  if (report.comparisons.size() > 1) out += contrasts_sentence(report);
  return trim(out).empty() ? std::string() : "\n" + wrap(std::string(trim(out)), width);
}

}  // namespace

std::string mail_cover(const MailSource& source) {
  const Report report = inert(source.report);
  std::string out = opening(source, report) + end_of_experiment(source);
  const bool anything = std::any_of(report.comparisons.begin(), report.comparisons.end(), [](const Comparison& c) {
    return c.reference_boots + c.patched_boots + c.reference_failed + c.patched_failed > 0;
  });
  if (!anything) return out;
  for (const auto& comparison : report.comparisons) out += result(comparison, report.comparisons.size() == 1);
  if (is_aa(source.plan)) out += "\n" + wrap("Both are the same kernel: a row that is said to have changed here is noise that passed for a change.", width);
  return out + confirmed(report) + caveats(report);
}

}  // namespace klab
