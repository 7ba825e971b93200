// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/comparison.hpp"

namespace klab::report {

// A row as two strips of dots, one dot a boot. Places are percent of the width, from the least value
// to the greatest with a margin; the scale is linear and shared by both arms of the row, not by rows.
struct StripDot {
  double at = 0.0;
  std::string boot;
  std::string title;  // "boot 17-3, slot 4: 2,569,880 items/s"
  bool far = false;
};

struct StripBand {
  double from = 0.0;
  double to = 0.0;
};

// Least, quartiles (by interpolation) and greatest of an arm's boots; of at least three.
struct StripBox {
  double least = 0.0, lower = 0.0, upper = 0.0, most = 0.0;
  std::string title;
};

struct StripPlot {
  std::vector<StripDot> reference;
  std::vector<StripDot> patched;
  std::optional<StripBox> reference_box;
  std::optional<StripBox> patched_box;
  std::optional<double> reference_median;
  std::optional<double> patched_median;
  // The reference's median changed by the interval's bounds: where the patched median would lie.
  // Clipped to the scale, which it stretches by no more than the dots' own span on either side.
  std::optional<StripBand> interval;
  std::string low;  // values at the ends of the scale
  std::string high;
};

// Nothing where no boot has a value. Pure.
std::optional<StripPlot> strip_plot(const ComparisonRow& row);

}  // namespace klab::report
