// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "model/trend.hpp"

namespace klab::page {

// A trend as lines, bands and points. Across, places are percent of the width, so that a plot fits any screen and its
// letters keep their size; down, they are pixels.

struct PlotTick {
  double at = 0.0;
  std::string label;
};
struct PlotSpan {
  double from = 0.0;  // percent
  double to = 0.0;
  std::string hint;
};
struct PlotLevel {                 // between two cuts or change points: the median of the nights, and the noise floor around it
  double from = 0.0, to = 0.0;     // percent
  double median = 0.0;             // pixels
  double top = 0.0, height = 0.0;  // of the band; no height: the floor is not known
  std::string hint;
};
struct PlotMark {   // a change point, or a cut
  double at = 0.0;  // percent
  std::string label;
  std::string anchor;  // "start" or "end": to which side of the line the label stands
  double label_at = 0.0, label_y = 0.0;
  std::string hint;
  std::string href;
  std::string tone;
};
struct PlotPoint {
  double at = 0.0;                               // percent
  double estimate = 0.0, low = 0.0, high = 0.0;  // pixels
  std::string tone;                              // of the morning's verdict; empty: nothing to say
  std::string hint;
  std::string href;
};
struct PlotStroke {
  double from = 0.0, to = 0.0;      // percent
  double from_y = 0.0, to_y = 0.0;  // pixels
};

struct TrendPlot {
  int height = 0;
  bool small = false;
  std::vector<PlotTick> values;  // pixels
  std::vector<PlotTick> months;  // percent
  std::vector<PlotSpan> gaps;
  std::vector<PlotLevel> levels;
  std::vector<PlotMark> cuts;
  std::vector<PlotMark> changes;
  std::vector<PlotStroke> strokes;
  std::vector<PlotPoint> points;
  std::string describe;  // in words
};

// `small`: one of many, without letters and links. Pure.
TrendPlot trend_plot(const Trend& trend, int height, bool small);

}  // namespace klab::page
