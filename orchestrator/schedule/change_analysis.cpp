// SPDX-License-Identifier: GPL-3.0-or-later
#include "schedule/change_analysis.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "pipeline/trend_data.hpp"
#include "schedule/investigations.hpp"
#include "schedule/quiet.hpp"
#include "util/offload.hpp"

namespace klab {
namespace asio = boost::asio;
namespace {

constexpr int nights_shown = 365;
constexpr std::int64_t nearby = 2;  // nights
constexpr std::ptrdiff_t week = 7;
constexpr int most_looks = 2;       // at one change without an answer that holds
constexpr int last_look = 3;        // of a change point that stands for two weeks

double size_of(double magnitude, bool is_ratio) { return is_ratio ? std::abs(std::log1p(magnitude)) : std::abs(magnitude); }

// Whether the change may be looked at again: it was refuted, or nothing came of it. What a person has cancelled is
// over; so is a change that was confirmed, with or without a commit.
bool leaves_open(const Investigation& one) {
  if (one.state != InvestigationState::ended) return false;
  return one.result == "not confirmed" || (one.result == "could not tell" && !was_cancelled(one));
}

// A cell's nights in order, and what is known or found about them.
class Cellwork {
 public:
  Cellwork(const std::vector<Trend>& trends, const std::vector<Investigation>& known, double now)
      : trends_(trends), known_(known), now_(now) {
    for (std::size_t i = 0; i < trends.front().points.size(); ++i)
      places_[trends.front().points[i].night_cell] = static_cast<std::int64_t>(i);
  }

  std::optional<std::int64_t> place(std::int64_t night_cell) const {
    const auto found = places_.find(night_cell);
    if (found == places_.end()) return std::nullopt;
    return found->second;
  }
  const Trend* trend(const RowKey& row) const {
    for (const auto& trend : trends_)
      if (trend.row == row) return &trend;
    return nullptr;
  }
  // The newest night before `at` that has a point of this row, comparable with it.
  std::optional<std::size_t> before(const Trend& trend, std::size_t at, int back = 1) const {
    std::optional<std::size_t> found;
    for (std::size_t i = at; i-- > 0 && back > 0;) {
      if (!trend.points[i].value) continue;
      if (!comparable(trend.points[i], trend.points[at])) break;
      found = i;
      --back;
    }
    return found;
  }

  struct Cover {
    std::optional<std::int64_t> known;  // an investigation there is
    std::optional<std::size_t> fresh;   // or one of those just begun
    bool open_question = false;         // nothing covers it but what found no change, or no answer
    int looks = 0;
    bool exact = false;  // the same two nights have been compared, with an answer
  };
  // Who looks, or has looked, at a change of this row and direction between these nights (the first is good, the last
  // bad), or up to `slack` nights beside.
  Cover cover(const RowKey& row, double magnitude, std::int64_t good, std::int64_t bad, std::int64_t slack) const {
    Cover cover;
    const auto covers = [&](const Investigation& one) {
      const auto from = place(one.last_good), to = place(one.first_bad);
      if (!from || !to) return false;
      if (one.row == row && (one.magnitude < 0.0) != (magnitude < 0.0)) return false;
      // Rows that change together are one; but who looks at an improvement tells nobody what it costs elsewhere.
      if (is_worse(row, magnitude) == true && is_worse(one.row, one.magnitude) == false) return false;
      return good < *to + slack && bad > *from - slack;
    };
    for (std::size_t i = 0; i < fresh.size(); ++i)
      if (covers(fresh[i])) cover.fresh = i;
    if (cover.fresh) return cover;
    const Investigation* best = nullptr;
    for (const auto& one : known_) {
      if (!covers(one)) continue;
      cover.looks += leaves_open(one) ? 1 : 0;
      const bool answered = one.result != "could not tell";
      cover.exact = cover.exact || (answered && place(one.last_good) == good && place(one.first_bad) == bad);
      const auto rank = [](const Investigation& i) {
        if (i.state != InvestigationState::ended) return 2;
        return i.result == "commit named" ? 3 : leaves_open(i) ? 0 : 1;
      };
      if (!best || rank(one) > rank(*best)) best = &one;
    }
    if (best) {
      cover.known = best->id;
      cover.open_question = leaves_open(*best);
    }
    return cover;
  }

  std::size_t begin(std::int64_t cell, const Trend& trend, std::size_t good, std::size_t bad, std::string source,
                    std::optional<double> p, bool is_ratio, double magnitude) {
    Investigation one;
    one.cell = cell;
    one.last_good = trend.points[good].night_cell;
    one.first_bad = trend.points[bad].night_cell;
    one.row = trend.row;
    one.source = std::move(source);
    one.p = p;
    one.is_ratio = is_ratio;
    one.magnitude = magnitude;
    one.found = now_;
    fresh.push_back(std::move(one));
    return fresh.size() - 1;
  }

  std::vector<Investigation> fresh;

 private:
  std::optional<bool> is_worse(const RowKey& row, double magnitude) const {
    const auto* known = trend(row);
    if (!known) return std::nullopt;
    return (magnitude > 0.0) == (known->metric.better == Better::lower);
  }
  const std::vector<Trend>& trends_;
  const std::vector<Investigation>& known_;
  double now_;
  std::map<std::int64_t, std::int64_t> places_;
};

// Links one change point, or begins to look at it.
void take_change(Cellwork& work, CellAnalysis& out, std::size_t index) {
  auto& change = out.changes[index];
  const auto* trend = work.trend(change.row);
  const auto at = work.place(change.night_cell);
  if (!trend || !at) return;
  const auto bad = static_cast<std::size_t>(*at);
  auto good = work.before(*trend, bad);
  if (!good) return;
  const auto cover = work.cover(change.row, change.magnitude, static_cast<std::int64_t>(*good), *at, nearby);
  if (cover.fresh) {
    out.fresh_of[index] = cover.fresh;
    return;
  }
  change.investigation = cover.known;
  // One that still stands after a week of nights is more than one bad night, but may stand a night or two off.
  const auto after = std::count_if(trend->points.begin() + *at, trend->points.end(), [&](const TrendPoint& point) {
    return point.value && comparable(point, trend->points[bad]);
  });
  const bool answered = cover.exact && after < week;
  const bool patient = after >= 2 * week;
  if (cover.known && (!cover.open_question || answered || cover.looks >= (patient ? last_look : most_looks))) return;
  std::size_t last = bad;
  if (cover.known) {
    // A long stretch of single noisy nights can move it further.
    const auto around = cover.looks >= most_looks ? 2 * nearby : nearby;
    good = work.before(*trend, bad, 1 + static_cast<int>(around));
    for (std::size_t i = bad + 1; i < trend->points.size() && last < bad + static_cast<std::size_t>(around); ++i) {
      if (!trend->points[i].value || !comparable(trend->points[i], trend->points[bad])) break;
      last = i;
    }
  }
  change.investigation.reset();
  out.fresh_of[index] = work.begin(out.cell, *trend, *good, last, "change point", change.p, change.is_ratio, change.magnitude);
}

// The row that speaks loudest for tonight being worse than last good.
const Trend* worst_row(const std::vector<Trend>& trends, const NightCell& tonight, std::size_t& at) {
  const Trend* worst = nullptr;
  double size = 0.0;
  for (const auto& trend : trends) {
    if (!trend.metric.primary) continue;
    for (std::size_t i = 0; i < trend.points.size(); ++i) {
      const auto& value = trend.points[i].value;
      if (trend.points[i].night_cell != tonight.id || !value || value->verdict != Verdict::regressed || !value->change) continue;
      if (worst && size_of(*value->change, value->is_ratio) <= size) continue;
      worst = &trend;
      size = size_of(*value->change, value->is_ratio);
      at = i;
    }
  }
  return worst;
}

void take_morning(Cellwork& work, CellAnalysis& out, const std::vector<Trend>& trends, const NightCell& tonight) {
  if (tonight.verdict != CellVerdict::regressed || !tonight.last_good) return;
  std::size_t bad = 0;
  const auto* trend = worst_row(trends, tonight, bad);
  const auto good = work.place(*tonight.last_good);
  if (!trend || !good || *good >= static_cast<std::int64_t>(bad)) return;
  const auto& value = *trend->points[bad].value;
  const auto cover = work.cover(trend->row, *value.change, *good, static_cast<std::int64_t>(bad), 0);
  if (cover.fresh) return;
  if (!cover.known || (cover.open_question && !cover.exact && cover.looks < most_looks)) {
    work.begin(out.cell, *trend, static_cast<std::size_t>(*good), bad, "morning verdict", std::nullopt, value.is_ratio, *value.change);
    return;
  }
  // What is known may not be all: against the night before it is worse once more, beyond both intervals.
  const auto previous = work.before(*trend, bad);
  if (!previous || *previous <= static_cast<std::size_t>(*good)) return;
  const auto& last = *trend->points[*previous].value;
  if (last.is_ratio != value.is_ratio) return;
  const bool worse_is_up = trend->metric.better == Better::lower;
  const double step = value.is_ratio ? value.estimate / last.estimate - 1.0 : value.estimate - last.estimate;
  const bool apart = worse_is_up ? value.low > last.high : value.high < last.low;
  if (!apart || std::abs(step) < least_change(*trend, value.is_ratio)) return;
  const auto again = work.cover(trend->row, step, static_cast<std::int64_t>(*previous), static_cast<std::int64_t>(bad), 0);
  if (again.known || again.fresh) return;
  work.begin(out.cell, *trend, *previous, bad, "morning verdict", std::nullopt, value.is_ratio, step);
}

}  // namespace

CellAnalysis analyse_changes(const std::vector<Trend>& trends, std::vector<ChangePoint> changes,
                             const std::vector<Investigation>& known, const NightCell& tonight, double now) {
  CellAnalysis out;
  out.cell = tonight.cell;
  if (trends.empty()) return out;
  Cellwork work(trends, known, now);
  // The row that leads is the first: primary ones, then the surest, then the largest.
  const auto order = [&](const ChangePoint& change) {
    const auto* trend = work.trend(change.row);
    const bool primary = trend && trend->metric.primary;
    return std::tuple(!primary, change.p, -std::abs(change.magnitude));
  };
  std::stable_sort(changes.begin(), changes.end(), [&](const ChangePoint& a, const ChangePoint& b) { return order(a) < order(b); });
  out.changes = std::move(changes);
  out.fresh_of.resize(out.changes.size());
  for (std::size_t i = 0; i < out.changes.size(); ++i) take_change(work, out, i);
  take_morning(work, out, trends, tonight);
  out.fresh = std::move(work.fresh);
  return out;
}

namespace {

asio::awaitable<Result<void>> analyse_cell(Lab& lab, const NightCell& tonight) {
  auto cell = lab.nights.cell(tonight.cell);
  if (!cell) co_return cell.error();
  auto trends = read_trends(lab, *cell, nights_shown);
  if (!trends) co_return trends.error();
  auto known = lab.trends.investigations_of(cell->id);
  if (!known) co_return known.error();
  auto find = [&trends = *trends] {
    std::vector<ChangePoint> changes;
    for (const auto& trend : trends) {
      auto found = find_changes(trend);
      changes.insert(changes.end(), found.begin(), found.end());
    }
    return changes;
  };
  auto changes = co_await offload(lab.workers, std::move(find));
  co_return lab.trends.set_changes(analyse_changes(*trends, std::move(changes), *known, tonight, lab.now()));
}

}  // namespace

asio::awaitable<Result<void>> analyse_night(Lab& lab, const Leases& leases, std::int64_t night, std::stop_token stop) {
  auto cells = lab.nights.night_cells(night);
  if (!cells) co_return cells.error();
  for (const auto& tonight : *cells) {
    if (tonight.state != CellState::done) continue;
    auto points = lab.trends.values(tonight.id);
    if (!points) co_return points.error();
    if (points->empty()) continue;  // no night of its trends is new
    const auto quiet = co_await local_quiet(lab.bell, leases, stop);
    if (!quiet) co_return make_error(ErrorKind::stopped, "stopped");
    auto analysed = co_await analyse_cell(lab, tonight);
    if (!analysed) co_return analysed;
  }
  co_return lab.trends.set_analysed(night);
}

}  // namespace klab
