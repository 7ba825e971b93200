// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/numbers.hpp"

#include <fmt/format.h>

#include <cmath>

#include "util/text.hpp"

namespace klab::report {
namespace {

constexpr std::string_view absent = "n/a";

bool is_finite(std::optional<double> value) { return value && std::isfinite(*value); }

std::string signed_value(double value) {
  if (value == 0.0) return "0";
  return (value > 0.0 ? "+" : "") + value_text(value);
}

}  // namespace

std::string value_text(std::optional<double> value) {
  if (!is_finite(value)) return std::string(absent);
  const double magnitude = std::fabs(*value);
  if (magnitude >= 1e13) return fmt::format("{:.4e}", *value);
  if (magnitude >= 1000.0 || *value == std::round(*value)) return with_thousands(std::llround(*value));
  if (magnitude >= 100.0) return fmt::format("{:.1f}", *value);
  if (magnitude >= 10.0) return fmt::format("{:.2f}", *value);
  if (magnitude >= 1.0) return fmt::format("{:.3f}", *value);
  return fmt::format("{:.4g}", *value);
}

std::string percent_text(std::optional<double> fraction) {
  if (!is_finite(fraction)) return std::string(absent);
  const double percent = *fraction * 100.0;
  if (std::fabs(percent) < 0.05) return "0.0%";
  if (std::fabs(percent) < 999.95) return fmt::format("{:.1f}%", percent);
  if (std::fabs(percent) < 1e6) return fmt::format("{:.0f}%", percent);
  return fmt::format("{:.1e}%", percent);
}

std::string change_text(bool is_ratio, double value) {
  if (!is_ratio) return std::isfinite(value) ? signed_value(value) : std::string(absent);
  const std::string text = percent_text(value - 1.0);
  return value - 1.0 >= 0.0005 && text != absent ? "+" + text : text;
}

bool is_shown(const std::optional<Effect>& effect) {
  if (!effect) return false;
  const bool finite =
      std::isfinite(effect->estimate) && std::isfinite(effect->low) && std::isfinite(effect->high);
  return finite && effect->low <= effect->high && (!effect->is_ratio || effect->low > 0.0);
}

EffectText effect_text(const std::optional<Effect>& effect) {
  if (!is_shown(effect)) return {std::string(absent), std::string(absent)};
  const auto text = [&](double value) { return change_text(effect->is_ratio, value); };
  return {text(effect->estimate), fmt::format("[{}, {}]", text(effect->low), text(effect->high))};
}

std::string p_text(std::optional<double> p) {
  if (!is_finite(p)) return std::string(absent);
  if (*p < 0.001) return "<0.001";
  if (*p > 0.05 && *p < 0.0505) return ">0.050";
  return fmt::format("{:.3f}", *p);
}

std::string detectable_text(const ComparisonRow& row) {
  if (!is_finite(row.detectable_change)) return std::string(absent);
  if (row.effect && !row.effect->is_ratio) return value_text(row.detectable_change);
  return percent_text(row.detectable_change);
}

std::string floor_text(const ComparisonRow& row) {
  if (!row.floor) return {};
  return row.floor->is_ratio ? percent_text(row.floor->size) : value_text(row.floor->size);
}

std::string threshold_text(double delta) { return fmt::format("{:.3g} %", delta * 100.0); }

std::string raw_number(std::optional<double> value) {
  if (!is_finite(value)) return {};
  return fmt::format("{}", *value == 0.0 ? 0.0 : *value);  // no "-0"
}

}  // namespace klab::report
