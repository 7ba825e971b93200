// SPDX-License-Identifier: GPL-3.0-or-later
#include "schedule/missed_nights.hpp"

#include <algorithm>

#include "config/matrix_file.hpp"
#include "config/matrix_parts.hpp"
#include "pipeline/trend_data.hpp"
#include "schedule/nightly_clock.hpp"
#include "util/file.hpp"

namespace klab {
namespace {

constexpr int most_starts = 4000;  // ten years of them; more are those of a clock that was wrong

std::optional<NightlySchedule> schedule_in(const std::string& definition) {
  auto schedule = nightly_of(definition);
  return schedule ? *schedule : std::nullopt;
}

// Nearly all nights have the definition of the night before.
std::vector<std::optional<NightlySchedule>> schedules_of(const std::vector<Night>& nights) {
  std::vector<std::optional<NightlySchedule>> schedules;
  for (std::size_t i = 0; i < nights.size(); ++i) {
    const bool same = i > 0 && nights[i].definition == nights[i - 1].definition;
    schedules.push_back(same ? schedules.back() : schedule_in(nights[i].definition));
  }
  return schedules;
}

TrendPoint empty_gap(const char* why) {
  TrendPoint gap;
  gap.missing = why;
  gap.nights = 0;
  return gap;
}

void add_to(TrendPoint& gap, const std::string& date) {
  if (gap.nights++ == 0) gap.date = date;
  gap.until = date;
}

// Of one walk over a matrix's nights.
class Starts {
 public:
  explicit Starts(const std::vector<Night>& nights) : nights_(nights) {}

  // Those in (begin, end] that no night was begun for.
  TrendPoint missed(const NightlySchedule& schedule, double begin, double end) {
    auto gap = empty_gap("no night began");
    for (double start = next_start(schedule, begin); start <= end && looked_++ < most_starts;) {
      const double next = next_start(schedule, start);
      while (begun_ < nights_.size() && (nights_[begun_].by_hand || nights_[begun_].started < start)) ++begun_;
      if (begun_ == nights_.size() || nights_[begun_].started >= next) add_to(gap, local_date(start));
      start = next;
    }
    return gap;
  }

 private:
  const std::vector<Night>& nights_;
  std::size_t begun_ = 0;  // the first by the clock that may have been begun for a start
  int looked_ = 0;
};

// Nothing where no day is left.
std::optional<NightlySchedule> on_days_of_both(NightlySchedule schedule, const NightlySchedule& other) {
  for (std::size_t day = 0; day < schedule.days.size(); ++day) schedule.days[day] = schedule.days[day] && other.days[day];
  if (std::none_of(schedule.days.begin(), schedule.days.end(), [](bool on) { return on; })) return std::nullopt;
  return schedule;
}

// A file that is gone, or has no [nightly] any more, makes nothing due.
std::optional<FileNow> read_file_now(Lab& lab, const std::string& matrix) {
  const auto path = find_matrix(matrix, lab.config);
  if (!path) return std::nullopt;
  const auto text = read_file(*path);
  if (!text) return std::nullopt;
  const auto nightly = nightly_of(*text);
  if (nightly && !*nightly) return std::nullopt;
  return FileNow{lab.now(), nightly ? *nightly : std::nullopt};
}

Result<std::vector<MissedNights>> read_missed(Lab& lab, const Cell& cell, const std::vector<TrendPoint>& points) {
  if (points.empty()) return std::vector<MissedNights>();
  auto nights = lab.nights.nights_since(cell.matrix, points.front().night);
  if (!nights) return nights.error();
  std::set<std::int64_t> of_cell;
  for (const auto& point : points) of_cell.insert(point.night);
  // A cell that the matrix has lost misses nothing afterwards.
  const bool lost = !nights->empty() && nights->back().id > points.back().night;
  if (lost) std::erase_if(*nights, [&](const Night& night) { return night.id > points.back().night; });
  return missed_nights(*nights, of_cell, lost ? std::nullopt : read_file_now(lab, cell.matrix));
}

}  // namespace

std::vector<MissedNights> missed_nights(const std::vector<Night>& nights, const std::set<std::int64_t>& of_cell,
                                        const std::optional<FileNow>& file) {
  std::vector<MissedNights> missed;
  const auto schedules = schedules_of(nights);
  Starts starts(nights);
  bool absent = false;  // the newest gap is of nights without the cell
  for (std::size_t i = 0; i < nights.size(); ++i) {
    const auto& night = nights[i];
    const bool was_absent = std::exchange(absent, of_cell.count(night.id) == 0);
    if (absent && !was_absent) missed.push_back({night.id, empty_gap("the matrix did not have the cell")});
    if (absent) {
      auto& gap = missed.back().gap;
      add_to(gap, night.date);
      gap.night = gap.nights == 1 ? night.id : 0;
    }
    const auto& schedule = schedules[i];
    const bool newest = i + 1 == nights.size();
    if (!schedule || (newest && !file)) continue;
    const auto other = newest ? file->nightly.value_or(*schedule) : schedules[i + 1];
    const auto due = other ? on_days_of_both(*schedule, *other) : std::nullopt;
    if (!due) continue;
    // As due_start(): a start is made up for while its budget lasts, within an hour without one.
    auto gap = starts.missed(*due, night.started, newest ? file->now - due->budget.value_or(3600.0) : nights[i + 1].started);
    if (gap.nights == 0) continue;
    missed.push_back({night.id, std::move(gap)});
    absent = false;
  }
  return missed;
}

void insert_gaps(Trend& trend, const std::vector<MissedNights>& missed) {
  if (missed.empty()) return;
  std::vector<TrendPoint> points;
  std::vector<std::size_t> places;
  auto gap = missed.begin();
  for (auto& point : trend.points) {
    for (; gap != missed.end() && gap->after < point.night; ++gap) points.push_back(gap->gap);
    places.push_back(points.size());
    points.push_back(std::move(point));
  }
  for (; gap != missed.end(); ++gap) points.push_back(gap->gap);
  trend.points = std::move(points);
  for (auto& segment : trend.segments) segment = {places[segment.first], places[segment.last], std::move(segment.change)};
}

Result<Trend> shown_trend(Lab& lab, const Cell& cell, const RowKey& row, int limit) {
  auto trend = read_trend(lab, cell, row, limit);
  if (!trend) return trend;
  auto missed = read_missed(lab, cell, trend->points);
  if (!missed) return missed.error();
  insert_gaps(*trend, *missed);
  return trend;
}

Result<std::vector<Trend>> shown_trends(Lab& lab, const Cell& cell, int limit) {
  auto trends = read_trends(lab, cell, limit);
  if (!trends || trends->empty()) return trends;
  // All rows of a cell have the same nights.
  auto missed = read_missed(lab, cell, trends->front().points);
  if (!missed) return missed.error();
  for (auto& trend : *trends) insert_gaps(trend, *missed);
  return trends;
}

}  // namespace klab
