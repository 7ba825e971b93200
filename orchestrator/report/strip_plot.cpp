// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/strip_plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/numbers.hpp"

namespace klab::report {
namespace {

constexpr double margin = 3.0;  // percent on either side, so that no dot is cut

struct Scale {
  double low = 0.0;
  double high = 0.0;
  double at(double value) const {
    const double share = std::clamp((value - low) / (high - low), 0.0, 1.0);
    return margin + share * (100.0 - 2.0 * margin);
  }
};

std::optional<Scale> scale_of(const ComparisonRow& row) {
  std::optional<Scale> scale;
  for (const auto* arm : {&row.reference, &row.patched}) {
    for (const auto& boot : *arm) {
      if (!std::isfinite(boot.value)) continue;
      if (!scale) scale = Scale{boot.value, boot.value};
      scale->low = std::min(scale->low, boot.value);
      scale->high = std::max(scale->high, boot.value);
    }
  }
  if (!scale || !std::isfinite(scale->high - scale->low)) return std::nullopt;
  if (scale->high == scale->low) {
    const double pad = scale->low == 0.0 ? 1.0 : std::fabs(scale->low) * 0.05;
    scale->low -= pad;
    scale->high += pad;
  }
  return scale;
}

std::optional<Scale> band_of(const ComparisonRow& row) {
  if (!is_shown(row.effect) || !row.reference_median) return std::nullopt;
  const double median = *row.reference_median;
  const Effect& effect = *row.effect;
  const Scale band = effect.is_ratio ? Scale{median * effect.low, median * effect.high}
                                     : Scale{median + effect.low, median + effect.high};
  if (!std::isfinite(band.low) || !std::isfinite(band.high)) return std::nullopt;
  return band;
}

std::vector<StripDot> dots(const std::vector<ComparedBoot>& boots, const Scale& scale,
                           const std::string& unit) {
  std::vector<StripDot> out;
  for (const auto& boot : boots) {
    if (!std::isfinite(boot.value)) continue;
    std::string title = "boot " + boot.boot;
    if (boot.slot > 0) title += fmt::format(", slot {}", boot.slot);
    title += fmt::format(": {}{}{}", value_text(boot.value), unit.empty() ? "" : " ", unit);
    if (boot.far) title += ", further than 5 MAD from its arm's median";
    out.push_back({scale.at(boot.value), boot.boot, title, boot.far});
  }
  return out;
}

double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const double rest = place - static_cast<double>(below);
  return below + 1 < sorted.size() ? sorted[below] + rest * (sorted[below + 1] - sorted[below]) : sorted[below];
}

std::optional<StripBox> box(const std::vector<ComparedBoot>& boots, const Scale& scale, const char* arm) {
  std::vector<double> values;
  for (const auto& boot : boots)
    if (std::isfinite(boot.value)) values.push_back(boot.value);
  if (values.size() < 3) return std::nullopt;
  std::sort(values.begin(), values.end());
  const double lower = quantile(values, 0.25), upper = quantile(values, 0.75);
  std::string title = fmt::format("{}: least {}, lower quartile {}, median {}, upper quartile {}, greatest {}", arm,
                                  value_text(values.front()), value_text(lower), value_text(quantile(values, 0.5)),
                                  value_text(upper), value_text(values.back()));
  return StripBox{scale.at(values.front()), scale.at(lower), scale.at(upper), scale.at(values.back()), std::move(title)};
}

}  // namespace

std::optional<StripPlot> strip_plot(const ComparisonRow& row) {
  auto scale = scale_of(row);
  if (!scale) return std::nullopt;
  const auto band = band_of(row);
  if (band) {
    const double span = scale->high - scale->low;
    const Scale dots_only = *scale;
    scale->low = std::min(dots_only.low, std::max(band->low, dots_only.low - span));
    scale->high = std::max(dots_only.high, std::min(band->high, dots_only.high + span));
  }
  StripPlot plot;
  plot.reference = dots(row.reference, *scale, row.metric.unit);
  plot.patched = dots(row.patched, *scale, row.metric.unit);
  plot.reference_box = box(row.reference, *scale, "baseline");
  plot.patched_box = box(row.patched, *scale, "patched");
  const auto place = [&](std::optional<double> value) -> std::optional<double> {
    if (!value || !std::isfinite(*value)) return std::nullopt;
    return scale->at(*value);
  };
  plot.reference_median = place(row.reference_median);
  plot.patched_median = place(row.patched_median);
  if (band) plot.interval = StripBand{scale->at(band->low), scale->at(band->high)};
  plot.low = value_text(scale->low);
  plot.high = value_text(scale->high);
  return plot;
}

}  // namespace klab::report
