// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/comparison.hpp"
#include "model/night.hpp"

namespace klab {

struct RowKey {
  std::string workload;
  std::string case_name;
  std::string metric;
  auto operator<=>(const RowKey&) const = default;
};

// Tonight against the pinned reference, and against last good.
struct TrendValue {
  bool is_ratio = true;
  double estimate = 1.0;  // against the reference
  double low = 1.0;
  double high = 1.0;
  std::optional<double> change;    // against last good: ratio minus 1, or difference
  std::optional<Verdict> verdict;  // of that
};

// What both kernels of a night were measured with, beside the host. Texts are told by their SHA-256.
struct Ruler {
  struct Workload {
    std::string hash;        // of its folder
    std::string instrument;  // of the patches that it lays under every kernel
    bool operator==(const Workload&) const = default;
  };
  std::map<std::string, Workload> workloads;
  std::string kconfig_base;
  std::vector<std::pair<std::string, std::string>> fragments;  // as they are merged: name, text
  std::string command_line;
  bool operator==(const Ruler&) const = default;
};

// One night of a cell and row. Without a value it is a gap, never filled in. A gap that no night of the cell tells of
// has no numbers, and may be several nights: so many, from `date` to `until`.
struct TrendPoint {
  std::int64_t night = 0;
  std::int64_t night_cell = 0;
  std::string date;
  std::optional<std::int64_t> experiment;
  std::string commit;
  std::string fingerprint;
  std::optional<TrendValue> value;
  std::string missing;  // why there is none
  std::string reference_commit;  // the pinned one, which `value` is against
  std::shared_ptr<const Ruler> ruler = nullptr;  // null: not known
  int nights = 1;
  std::string until = {};
};

// How many nights of a trend have no number, and how many there are.
inline std::int64_t gaps_of(const std::vector<TrendPoint>& points) {
  std::int64_t gaps = 0;
  for (const auto& point : points) gaps += point.value ? 0 : point.nights;
  return gaps;
}
inline std::int64_t nights_of(const std::vector<TrendPoint>& points) {
  std::int64_t nights = gaps_of(points);
  for (const auto& point : points) nights += point.value ? 1 : 0;
  return nights;
}

enum class InvestigationState { waiting, confirming, bisecting, ended };
std::string_view name(InvestigationState state);
std::optional<InvestigationState> investigation_state_from_name(std::string_view name);

// How one ended, as stored and printed:
//   "not confirmed"   fresh boots in random order do not show it
//   "commit named"    `culprit` is the first commit that shows it
//   "confirmed"       it is real, and `conclusion` says why no commit could be named
//   "could not tell"  it could not be confirmed or refuted, and `conclusion` says why
struct InvestigationStep {
  bool bisect = false;  // else the confirmation
  std::string commit;
  std::optional<std::int64_t> experiment;
  std::string mark;  // "", "good", "bad", "skip", "undecided"
  std::string text;
};

struct Investigation {
  std::int64_t id = 0;
  std::int64_t cell = 0;
  std::int64_t last_good = 0;  // night_cell
  std::int64_t first_bad = 0;  // night_cell
  RowKey row;                  // that shows it best
  std::string source;          // "change point", "morning verdict", "by hand"
  std::optional<double> p;
  bool is_ratio = true;
  double magnitude = 0.0;  // ratio minus 1, or difference, as it was seen
  double found = 0.0;
  InvestigationState state = InvestigationState::waiting;
  std::string result;
  std::string culprit;
  std::string conclusion;  // a sentence for people
  std::optional<double> finished;
  std::vector<InvestigationStep> steps;
};

struct ChangePoint {
  RowKey row;
  std::int64_t night_cell = 0;  // the first after it
  double p = 1.0;
  double magnitude = 0.0;  // ratio minus 1, or difference
  std::optional<std::int64_t> investigation;
  bool is_ratio = true;
};

// Nights between which the host, the pinned reference and the ruler stayed the same: points [first, last]. `change` says
// what differs from the segment before, such as "microcode 0x1 -> 0x2"; empty for the first.
struct TrendSegment {
  std::size_t first = 0;
  std::size_t last = 0;
  std::string change;
};

// Everything a trend page shows of one row of one cell, oldest night first.
struct Trend {
  Cell cell;
  RowKey row;
  Metric metric;
  std::vector<TrendPoint> points;
  std::vector<TrendSegment> segments;
  std::vector<ChangePoint> changes;
  std::optional<NoiseFloor> floor;
};

// How often the procedure told equal kernels apart. Randomisation holds that at one run in twenty on any host, however
// noisy: this tests the procedure, not the host.
struct AaStanding {
  std::int64_t runs = 0;    // A/A runs with boots enough for a verdict
  std::int64_t alarms = 0;  // of them, those with a primary row whose family p was at most 0.05
};

}  // namespace klab
