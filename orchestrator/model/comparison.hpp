// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/metric.hpp"
#include "model/outcome.hpp"
#include "model/profile.hpp"

namespace klab {

// The rows of one contrast: input (ContrastData) and outcome (Comparison) of the statistics.
// Formulas and edge cases: orchestrator/stats/STATISTICS.md.

enum class Verdict {
  improved,
  regressed,
  significant_below_threshold,
  suggestive,
  no_change,
  within_noise,
  insufficient_data,
  order_confounded,
  not_available,  // the kernel does not have the case
};
std::string_view name(Verdict verdict);  // as in the table of verdicts: "within boot-to-boot noise", ...
std::optional<Verdict> verdict_from_name(std::string_view name);

// What is known about the order in which the boots ran.
enum class BootOrder {
  balanced,  // drawn uniformly from the labellings whose mean slots differ by at most (n+m)/5
  uniform,   // drawn uniformly from all orders (more than two arms)
  unknown,   // imported data
};

struct BootPoint {
  std::string boot;  // identifier, as the user knows it
  int slot = 0;      // place in the experiment's order, from 1; 0: unknown
};

struct ArmData {
  std::string label;
  std::vector<BootPoint> boots;  // the boots that gave results
  int failed = 0;                // boots whose outcome was a failure of the kernel
};

// The 95th percentile of |r - 1|, or of the size of the difference, over the newest A/A runs (at most 20) of a host
// and row: what equal kernels are seen to differ by there.
struct NoiseFloor {
  double size = 0.0;
  int runs = 0;
  bool is_ratio = true;
};

struct RowData {
  std::string workload;
  std::string case_name;
  Metric metric;
  // One entry per boot of the arm, in the order of ArmData::boots; nothing where the boot lacks it.
  std::vector<std::optional<double>> reference;
  std::vector<std::optional<double>> patched;
  std::string unavailable;  // the reason, when the case does not exist in these kernels
  std::optional<NoiseFloor> floor = {};  // the threshold is never below it
};

struct ContrastData {
  ArmData reference;
  ArmData patched;
  std::vector<RowData> rows;
  BootOrder order = BootOrder::unknown;
  std::uint64_t seed = 1;   // for sampled labellings, where there are too many to enumerate
  double delta = 0.02;      // practical threshold
};

// r (ratio) or a difference, with its exact interval.
struct Effect {
  bool is_ratio = true;
  double estimate = 1.0;
  double low = 1.0;
  double high = 1.0;
  double coverage = 0.0;  // of the interval when boots are exchangeable, e.g. 0.9683
};

struct ComparedBoot {
  std::string boot;
  int slot = 0;
  double value = 0.0;
  bool far = false;  // further than 5 MAD from its arm's median; flagged, never removed
};

struct ComparisonRow {
  std::string workload;
  std::string case_name;
  Metric metric;
  std::vector<ComparedBoot> reference;
  std::vector<ComparedBoot> patched;
  std::optional<double> reference_median;
  std::optional<double> patched_median;
  std::optional<double> reference_cv;  // sd / mean over boots
  std::optional<double> patched_cv;
  std::optional<Effect> effect;
  std::optional<double> row_p;
  std::optional<double> family_p;           // primary rows only
  std::optional<double> detectable_change;  // as a ratio minus 1 (or a difference when !is_ratio)
  Verdict verdict = Verdict::insufficient_data;
  std::optional<NoiseFloor> floor;  // of the host, where A/A runs have told it
  std::string note;  // one sentence where something must be said: missing boots, n/a reason, NaN excluded
};

struct Comparison {
  std::string reference;  // labels of the arms
  std::string patched;
  int reference_boots = 0;  // with results
  int patched_boots = 0;
  int reference_failed = 0;
  int patched_failed = 0;
  BootOrder order = BootOrder::unknown;
  std::uint64_t labellings = 0;  // over which p-values permute
  bool sampled = false;          // labellings were sampled, not enumerated
  std::uint64_t seed = 0;
  double delta = 0.02;
  std::vector<ComparisonRow> rows;
  // failed boots a/n vs b/m; present when any boot failed
  std::optional<ComparisonRow> failures;
  // Where time went, when that was asked for; no verdict rests on it.
  std::optional<ContrastProfile> profile;
};

// What a table says about where its numbers come from; every format prints all of it.
struct Provenance {
  std::string title;       // of the series or the experiment
  std::string experiment;  // its number, empty for imported data
  std::vector<std::string> labels;  // "TCG", "overcommitted", ... printed in every table
  std::vector<std::pair<std::string, std::string>> facts;  // ("host", "AMD EPYC, 2 CPUs"), ("series", ...)
};

struct ReportArm {
  std::string label;
  std::string title;    // for the table of all arms; the label where nobody gave one
  std::string heading;  // of the arms that stand together there; may be empty
  std::string machine = {};
  std::string variant = {};  // what runs there; the same text on several machines is the same kernel but for them
};

// What passes said of how they were measured. `said`: each distinct text with where it was said, such as
// "baseline, patched" or "baseline: 64"; empty texts and facts that vary from pass to pass are summed up.
struct FactLine {
  std::string workload;
  std::string name;
  std::string description;
  std::vector<std::pair<std::string, std::string>> said;  // (text, where)
};

struct Report {
  Provenance provenance;
  std::vector<Comparison> comparisons;  // one per contrast
  std::vector<ReportArm> arms = {};     // in the experiment's order; empty for imported data
  std::vector<FactLine> facts = {};
  std::vector<Report> confirmation = {};  // fresh boots of the same arms, never pooled with these: none or one
  std::string confirmation_note = {};     // of one that is going on, ended badly, or was not needed
  std::optional<Outcome> confirmation_outcome = {};  // of one that has ended
};

// What a row's change has to reach: the contrast's delta (or the metric's min_change, for a difference), or the
// noise floor of its host where that is larger.
double practical_threshold(const ComparisonRow& row, double delta);
// Whether fresh boots are wanted: a primary row is suggestive, or significant with a change within a quarter of
// its threshold from it, or with a family p of 0.02 to 0.05.
bool wants_confirmation(const ComparisonRow& row, double delta);

}  // namespace klab
