// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/page/trend_plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "report/numbers.hpp"
#include "report/page/marks.hpp"

namespace klab::page {
namespace {

constexpr double side = 1.0;  // percent left free on either side
constexpr int most_drawn = 31;  // nights: a longer gap would leave the nights beside it no room
constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto n = values.size();
  return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2.0;
}

// What the plot is drawn with: from nights and values to places.
struct Frame {
  std::vector<double> first, last;  // by point: its nights
  double nights = 1.0;
  double low = 0.0, high = 1.0;
  double top = 8.0, bottom = 100.0;  // pixels

  double x(double night) const {
    return nights < 2.0 ? 50.0 : side + night / (nights - 1.0) * (100.0 - 2.0 * side);
  }
  double y(double value) const {
    const double share = std::clamp((value - low) / (high - low), 0.0, 1.0);
    return std::round((bottom - share * (bottom - top)) * 10.0) / 10.0;
  }
};

// Every point has a night's room, a gap of several theirs.
void set_places(Frame& frame, const Trend& trend) {
  frame.nights = 0.0;
  for (const auto& point : trend.points) {
    frame.first.push_back(frame.nights);
    frame.nights += std::clamp(point.nights, 1, most_drawn);
    frame.last.push_back(frame.nights - 1.0);
  }
}

bool is_finite(const TrendValue& value) {
  return std::isfinite(value.estimate) && std::isfinite(value.low) && std::isfinite(value.high);
}

// The estimates whole; intervals as far as the estimates' own span on either side; "no change" where it is not far.
void set_scale(Frame& frame, const Trend& trend, bool ratios) {
  std::optional<double> low, high;
  const auto take = [&](double value) {
    low = low ? std::min(*low, value) : value;
    high = high ? std::max(*high, value) : value;
  };
  for (const auto& point : trend.points)
    if (point.value && is_finite(*point.value)) take(point.value->estimate);
  if (!low) return;
  const double least = ratios ? 0.02 : std::max(std::fabs(*low), 1e-9) * 0.02;
  const double span = std::max(*high - *low, least);
  const double bottom = *low, top = *high;
  for (const auto& point : trend.points)
    if (point.value && is_finite(*point.value)) {
      take(std::max(point.value->low, bottom - span * 0.5));
      take(std::min(point.value->high, top + span * 0.5));
    }
  const double none = ratios ? 1.0 : 0.0;
  if (none > bottom - 2.0 * span && none < top + 2.0 * span) take(none);
  const double pad = (*high - *low) * 0.04 + least * 0.1;
  frame.low = *low - pad;
  frame.high = *high + pad;
}

void add_values(TrendPlot& plot, const Frame& frame, bool ratios) {
  const double span = frame.high - frame.low;
  const double rough = span / std::max(2.0, (frame.bottom - frame.top) / 38.0);
  double step = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0, 10.0})
    if (step * factor >= rough) {
      step *= factor;
      break;
    }
  const double base = ratios ? 1.0 : 0.0;
  for (double at = std::ceil((frame.low - base) / step); at * step + base <= frame.high && plot.values.size() < 20; ++at) {
    const double value = base + at * step;
    std::string label = at == 0.0 ? (ratios ? "0%" : "0") : report::change_text(ratios, value);
    plot.values.push_back({frame.y(value), std::move(label)});
  }
}

void add_months(TrendPlot& plot, const Frame& frame, const Trend& trend) {
  std::vector<std::pair<std::size_t, std::string>> found;
  std::string before;
  for (std::size_t i = 0; i < trend.points.size(); ++i) {
    const auto& date = trend.points[i].date;
    if (date.size() < 10 || date.compare(0, 7, before) == 0) continue;
    const int month = std::atoi(date.substr(5, 2).c_str());
    // A January may lie in a gap.
    const bool new_year = month == 1 || (!before.empty() && date.compare(0, 4, before, 0, 4) != 0);
    before = date.substr(0, 7);
    if (month < 1 || month > 12) continue;
    found.emplace_back(i, std::string(months[static_cast<std::size_t>(month - 1)]) + (new_year ? " " + date.substr(0, 4) : ""));
  }
  const std::size_t every = (found.size() + 6) / 7;
  double last = -20.0;
  for (std::size_t i = 0; i < found.size(); i += std::max<std::size_t>(every, 1)) {
    const double at = frame.x(frame.first[found[i].first]);
    if (at - last < 9.0 || at > 95.0) continue;
    last = at;
    plot.months.push_back({at, found[i].second});
  }
}

void add_gaps(TrendPlot& plot, const Frame& frame, const Trend& trend) {
  for (std::size_t i = 0; i < trend.points.size();) {
    if (trend.points[i].value) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end + 1 < trend.points.size() && !trend.points[end + 1].value) ++end;
    const auto& until = trend.points[end].until.empty() ? trend.points[end].date : trend.points[end].until;
    std::string hint = until == trend.points[i].date ? until : trend.points[i].date + " to " + until;
    std::set<std::string> reasons;
    for (std::size_t k = i; k <= end; ++k)
      if (!trend.points[k].missing.empty()) reasons.insert(trend.points[k].missing);
    hint += ": no number";
    for (const auto& reason : reasons) hint += "; " + reason;
    plot.gaps.push_back({frame.x(std::max(0.0, frame.first[i] - 0.45)), frame.x(frame.last[end] + 0.45), hint});
    i = end + 1;
  }
}

// The first night of every stretch between cuts and change points.
std::set<std::size_t> stretches(const Trend& trend, const std::map<std::int64_t, std::size_t>& places) {
  std::set<std::size_t> starts{0};
  for (const auto& segment : trend.segments) starts.insert(segment.first);
  for (const auto& change : trend.changes)
    if (const auto place = places.find(change.night_cell); place != places.end()) starts.insert(place->second);
  return starts;
}

void add_levels(TrendPlot& plot, const Frame& frame, const Trend& trend, const std::set<std::size_t>& starts, bool ratios) {
  for (auto start = starts.begin(); start != starts.end(); ++start) {
    const auto next = std::next(start);
    const std::size_t end = next == starts.end() ? trend.points.size() : *next;
    std::vector<double> values;
    for (std::size_t i = *start; i < end; ++i)
      if (trend.points[i].value && is_finite(*trend.points[i].value)) values.push_back(trend.points[i].value->estimate);
    if (values.empty()) continue;
    const double middle = median(values);
    PlotLevel level{frame.x(frame.first[*start]), frame.x(frame.last[end - 1]), frame.y(middle), 0.0, 0.0, {}};
    level.hint = fmt::format("median of {} nights: {}", values.size(), report::change_text(ratios, middle));
    if (trend.floor && ratios) {
      const double top = frame.y(middle * (1.0 + trend.floor->size)), bottom = frame.y(middle / (1.0 + trend.floor->size));
      level.top = top;
      level.height = std::max(bottom - top, 1.0);
      level.hint +=
          fmt::format("; noise floor {} around it, of {} A/A runs", report::percent_text(trend.floor->size), trend.floor->runs);
    }
    plot.levels.push_back(std::move(level));
  }
}

// What changed first, in the order in which a segment tells it.
const char* cut_label(const std::string& change) {
  constexpr std::pair<const char*, const char*> labels[] = {
      {"reference ", "new reference"}, {"workload ", "workload changed"}, {"kconfig ", "kconfig changed"}, {"command line ", "command line changed"}};
  for (const auto& [begin, label] : labels)
    if (change.starts_with(begin)) return label;
  return "host changed";
}

PlotMark mark_at(const Frame& frame, std::size_t place, double label_y) {
  PlotMark mark;
  // Between the night and the one before it.
  mark.at = frame.x(place == 0 ? 0.0 : frame.first[place] - 0.5);
  const bool right = mark.at > 70.0;
  mark.anchor = right ? "end" : "start";
  mark.label_at = mark.at + (right ? -0.6 : 0.6);
  mark.label_y = label_y;
  return mark;
}

std::string tone_of_change(const Trend& trend, double magnitude) {
  return (magnitude > 0.0) == (trend.metric.better == Better::higher) ? "improved" : "regressed";
}

void add_marks(TrendPlot& plot, const Frame& frame, const Trend& trend, const std::map<std::int64_t, std::size_t>& places) {
  for (const auto& segment : trend.segments) {
    if (&segment == &trend.segments.front()) continue;
    auto mark = mark_at(frame, segment.first, frame.bottom - 6.0);
    mark.label = cut_label(segment.change);
    mark.hint = "cut: " + (segment.change.empty() ? std::string("the host is not what it was") : segment.change);
    plot.cuts.push_back(std::move(mark));
  }
  double last = -100.0;
  bool lower = false;
  for (const auto& change : trend.changes) {
    const auto place = places.find(change.night_cell);
    if (place == places.end()) continue;
    auto mark = mark_at(frame, place->second, frame.top + 12.0);
    lower = mark.at - last < 14.0 && !lower;
    if (lower) mark.label_y += 16.0;
    last = mark.at;
    mark.tone = tone_of_change(trend, change.magnitude);
    mark.label = report::change_text(change.is_ratio, change.is_ratio ? change.magnitude + 1.0 : change.magnitude);
    mark.hint =
        fmt::format("change point on {}: {}, p {}", trend.points[place->second].date, mark.label, report::p_text(change.p));
    if (change.investigation) mark.href = fmt::format("/investigations/{}", *change.investigation);
    plot.changes.push_back(std::move(mark));
  }
}

void add_points(TrendPlot& plot, const Frame& frame, const Trend& trend, const std::set<std::size_t>& starts, bool small) {
  std::optional<std::size_t> before;
  for (std::size_t i = 0; i < trend.points.size(); ++i) {
    const auto& night = trend.points[i];
    if (!night.value || !is_finite(*night.value)) {
      before.reset();  // a gap is seen as one
      continue;
    }
    if (starts.count(i)) before.reset();
    const auto& value = *night.value;
    PlotPoint point{
        frame.x(frame.first[i]), frame.y(value.estimate), frame.y(value.low), frame.y(value.high), {}, {}, {}};
    if (before) {
      const auto& last = plot.points.back();
      plot.strokes.push_back({last.at, point.at, last.estimate, point.estimate});
    }
    before = i;
    if (value.verdict && (*value.verdict == Verdict::improved || *value.verdict == Verdict::regressed))
      point.tone = std::string(mark_of(*value.verdict).tone);
    if (!small) {
      const auto text = [&](double v) { return report::change_text(value.is_ratio, v); };
      point.hint = fmt::format("{}: {} [{}, {}]", night.date, text(value.estimate), text(value.low), text(value.high));
      if (!point.tone.empty()) point.hint += fmt::format(", {} against last good", name(*value.verdict));
      if (night.experiment) point.href = fmt::format("/experiments/{}", *night.experiment);
    }
    plot.points.push_back(std::move(point));
  }
}

}  // namespace

TrendPlot trend_plot(const Trend& trend, int height, bool small) {
  TrendPlot plot;
  plot.height = height;
  plot.small = small;
  bool ratios = true;
  std::size_t measured = 0;
  for (const auto& point : trend.points)
    if (point.value) {
      ratios = point.value->is_ratio;
      ++measured;
    }
  Frame frame;
  set_places(frame, trend);
  frame.top = small ? 4.0 : 10.0;
  frame.bottom = small ? height - 4.0 : height - 26.0;
  if (measured == 0) return plot;
  set_scale(frame, trend, ratios);
  std::map<std::int64_t, std::size_t> places;
  for (std::size_t i = 0; i < trend.points.size(); ++i)
    if (trend.points[i].night_cell) places[trend.points[i].night_cell] = i;
  const auto starts = stretches(trend, places);
  if (!small) {
    add_values(plot, frame, ratios);
    add_months(plot, frame, trend);
  } else {
    plot.values.push_back({frame.y(ratios ? 1.0 : 0.0), {}});
  }
  add_gaps(plot, frame, trend);
  add_levels(plot, frame, trend, starts, ratios);
  add_marks(plot, frame, trend, places);
  add_points(plot, frame, trend, starts, small);
  plot.describe = fmt::format("{} of {} nights have a number; {} {}, {} {} where the host, the reference, the workload, the kconfig or the"
                              " command line changed",
                              measured, nights_of(trend.points), plot.changes.size(),
                              plot.changes.size() == 1 ? "change point" : "change points", plot.cuts.size(), plot.cuts.size() == 1 ? "cut" : "cuts");
  return plot;
}

}  // namespace klab::page
