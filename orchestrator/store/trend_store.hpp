// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/experiment.hpp"
#include "model/trend.hpp"
#include "store/database.hpp"

namespace klab {

// What one A/A run saw of a row: |r - 1|, or the size of the difference.
struct NoiseSeen {
  RowKey row;
  bool is_ratio = true;
  double size = 0.0;
};

struct RowNoise {
  bool is_ratio = true;
  std::vector<double> sizes;  // newest first
  std::vector<double> times;  // likewise
};

// What a night has brought for one cell: all change points of its rows, and what is to be investigated. A change
// point links to an investigation that there is, or to one of `fresh` by its place there.
struct CellAnalysis {
  std::int64_t cell = 0;
  std::vector<ChangePoint> changes;
  std::vector<std::optional<std::size_t>> fresh_of;  // as `changes`
  std::vector<Investigation> fresh;
};

// What nights add up to. Borrows the database; same thread. Times are seconds since the epoch.
class TrendStore {
 public:
  explicit TrendStore(Database& database) : database_(database) {}

  Result<std::vector<RowKey>> rows(std::int64_t cell);  // that have points
  // All nights of the cell, oldest first, gaps included; at most the newest `limit`.
  Result<std::vector<TrendPoint>> points(std::int64_t cell, const RowKey& row, int limit);
  Result<std::vector<std::pair<RowKey, TrendValue>>> values(std::int64_t night_cell);  // all rows of one night
  // By night_cell, of the nights that points() gives: those that have an experiment with tonight's kernel. Equal ones are
  // one object.
  Result<std::map<std::int64_t, std::shared_ptr<const Ruler>>> rulers(std::int64_t cell, int limit);
  Result<std::vector<ChangePoint>> change_points(std::int64_t cell);
  Result<std::vector<Investigation>> investigations(int limit);  // newest first
  Result<std::vector<Investigation>> investigations_of(std::int64_t cell);
  Result<Investigation> investigation(std::int64_t id);
  // From A/A runs that had ended before `before`, so that a table keeps its thresholds. Rows with fewer than
  // `least_aa_runs` of them are not in it.
  Result<std::map<RowKey, NoiseFloor>> floors(const std::string& host, double before = 1e300);
  Result<Metric> metric(std::int64_t cell, const RowKey& row);  // as its newest point has it
  Result<std::string> machine(std::int64_t cell);  // of its newest experiment; empty where there is none
  Result<std::map<std::string, std::string>> host_facts(const std::string& fingerprint);

  // Nights' cells that are done and whose points are not stored yet.
  Result<std::vector<std::int64_t>> without_points();
  Result<void> set_points(std::int64_t night_cell, const std::vector<std::pair<RowKey, TrendValue>>& points);
  // Nights that have ended, all of whose points are stored, and that nobody has analysed; oldest first.
  Result<std::vector<std::int64_t>> unanalysed();
  // Of one cell, in place of what was found before. Investigations begin as waiting.
  Result<void> set_changes(const CellAnalysis& analysis);
  Result<void> set_analysed(std::int64_t night);  // when all of its cells are

  // By hand. Gives its number.
  Result<std::int64_t> add_investigation(const Investigation& investigation);
  Result<std::vector<std::int64_t>> open_investigations();  // oldest first
  // A step and its experiment in one transaction, so that neither is ever without the other.
  Result<std::int64_t> begin_step(std::int64_t investigation, InvestigationState state, const InvestigationStep& step,
                                  const ExperimentPlan& plan, double now);
  // A step without an experiment.
  Result<void> add_step(std::int64_t investigation, const InvestigationStep& step);
  Result<void> mark_step(std::int64_t experiment, const std::string& mark, const std::string& text);
  Result<void> end_investigation(std::int64_t investigation, const std::string& result, const std::string& culprit,
                                 const std::string& conclusion, double now);
  // Another row shows it better: this one, by so much.
  Result<void> set_lead(std::int64_t investigation, const RowKey& row, bool is_ratio, double magnitude);

  // Finished experiments that have not been looked at for noise and confirmations, oldest first, some at a time.
  Result<std::vector<std::int64_t>> unseen();
  Result<void> set_seen(std::int64_t experiment);
  // The noise of an A/A run, in place of what was stored of it; and whether its arms were told apart, where it had
  // boots enough to say.
  Result<void> add_noise(std::int64_t experiment, const std::string& host, const std::vector<NoiseSeen>& noise, double time,
                         std::optional<bool> alarm = std::nullopt);
  Result<AaStanding> aa_standing();
  // The newest A/A runs' noise of each row of a host, newest first; at most `limit` a row, ratios and differences
  // not mixed: the newest run decides which. Costs what it gives, however long the host's history is.
  Result<std::map<RowKey, RowNoise>> noise(const std::string& host, int limit, double before = 1e300);
  // Which runs the row's noise is of, newest first.
  Result<std::vector<std::int64_t>> noise_runs(const std::string& host, const RowKey& row, int limit);
  // The experiment is seen and `plan` is stored as its confirmation, once, in one transaction.
  Result<std::int64_t> confirm(std::int64_t experiment, const ExperimentPlan& plan, double now);
  Result<std::optional<std::int64_t>> confirmation_of(std::int64_t experiment);

 private:
  Result<std::vector<std::int64_t>> ids(std::string_view verb, const char* sql);

  Database& database_;
};

inline constexpr int least_aa_runs = 5;    // for a noise floor
inline constexpr int newest_aa_runs = 20;  // that it rests on

// Of the sizes of A/A runs, newest first: the 95th percentile by nearest rank over the newest 20, that is the 19th of 20.
std::optional<NoiseFloor> noise_floor(std::vector<double> newest_first);

}  // namespace klab
