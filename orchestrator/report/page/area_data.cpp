// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/page/area_data.hpp"

#include <fmt/format.h>

#include "util/text.hpp"

namespace klab::page {
namespace {

using report::data;
using report::flag;
using report::text_or_nothing;

std::string percent(double at) { return fmt::format("{:.4g}%", at); }
std::string pixels(double at) { return fmt::format("{:.5g}", at); }

data values(const TrendPlot& plot) {
  data list{data::type::list};
  for (const auto& tick : plot.values) {
    data entry;
    entry.set("y", pixels(tick.at));
    entry.set("label_y", pixels(tick.at + 4.0));
    entry.set("label", printable(tick.label));
    entry.set("line_class", tick.label == "0%" || tick.label == "0" || plot.small ? "zero" : "tick");
    list << std::move(entry);
  }
  return list;
}

data marks(const std::vector<PlotMark>& marks, bool small) {
  data list{data::type::list};
  for (const auto& mark : marks) {
    data entry;
    entry.set("at", percent(mark.at));
    entry.set("label", text_or_nothing(small ? std::string() : printable(mark.label)));
    entry.set("label_at", percent(mark.label_at));
    entry.set("label_y", pixels(mark.label_y));
    entry.set("anchor", mark.anchor);
    entry.set("hint", printable(mark.hint));
    entry.set("href", text_or_nothing(small ? std::string() : mark.href));
    entry.set("tone", mark.tone);
    list << std::move(entry);
  }
  return list;
}

data levels(const TrendPlot& plot) {
  data list{data::type::list};
  for (const auto& level : plot.levels) {
    data entry;
    entry.set("from", percent(level.from));
    entry.set("to", percent(level.to));
    entry.set("width", percent(std::max(level.to - level.from, 0.1)));
    entry.set("y", pixels(level.median));
    entry.set("band", flag(level.height > 0.0));
    entry.set("top", pixels(level.top));
    entry.set("tall", pixels(level.height));
    entry.set("hint", printable(level.hint));
    list << std::move(entry);
  }
  return list;
}

data points(const TrendPlot& plot) {
  data list{data::type::list};
  for (const auto& point : plot.points) {
    data entry;
    entry.set("at", percent(point.at));
    entry.set("y", pixels(point.estimate));
    entry.set("low", pixels(point.low));
    entry.set("high", pixels(point.high));
    entry.set("whisker", flag(!plot.small));
    entry.set("tone", point.tone);
    entry.set("hint", text_or_nothing(printable(point.hint)));
    entry.set("href", text_or_nothing(point.href));
    entry.set("radius", plot.small ? "1.5" : "3");
    list << std::move(entry);
  }
  return list;
}

}  // namespace

data area_data(const TrendPlot& plot) {
  data gaps{data::type::list}, months{data::type::list}, strokes{data::type::list};
  for (const auto& gap : plot.gaps) {
    data entry;
    entry.set("from", percent(gap.from));
    entry.set("width", percent(std::max(gap.to - gap.from, 0.2)));
    entry.set("hint", printable(gap.hint));
    gaps << std::move(entry);
  }
  for (const auto& month : plot.months) {
    data entry;
    entry.set("at", percent(month.at));
    entry.set("label", printable(month.label));
    months << std::move(entry);
  }
  for (const auto& stroke : plot.strokes) {
    data entry;
    entry.set("x1", percent(stroke.from));
    entry.set("x2", percent(stroke.to));
    entry.set("y1", pixels(stroke.from_y));
    entry.set("y2", pixels(stroke.to_y));
    strokes << std::move(entry);
  }
  data out;
  out.set("height", fmt::format("{}", plot.height));
  out.set("floor_y", fmt::format("{}", plot.small ? plot.height : plot.height - 22));
  out.set("month_y", fmt::format("{}", plot.height - 6));
  out.set("is_small", flag(plot.small));
  out.set("role", plot.small ? "img" : "group");
  out.set("spoken", printable(plot.describe));
  out.set("values", values(plot));
  out.set("months", std::move(months));
  out.set("gaps", std::move(gaps));
  out.set("levels", levels(plot));
  out.set("strokes", std::move(strokes));
  out.set("cuts", marks(plot.cuts, plot.small));
  out.set("changes", marks(plot.changes, plot.small));
  out.set("points", points(plot));
  return out;
}

}  // namespace klab::page
