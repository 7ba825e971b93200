// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "model/comparison.hpp"

namespace klab::report {

// Numbers as every human-readable format shows them. Pure; a value that is absent or not finite is
// "n/a", never a number. JSON and CSV print raw values instead (raw_number).

// A median in its metric's unit, four significant digits at least: 2,569,880; 123.4; 0.0125.
std::string value_text(std::optional<double> value);

// A fraction as a percentage without sign for positive values: 0.0123 -> "1.2%".
std::string percent_text(std::optional<double> fraction);

// One bound or the estimate of an effect: "+17.9%" for a ratio of 1.179, "-8" for a difference. A
// value beyond three digits of percent loses its decimals before it loses its magnitude.
std::string change_text(bool is_ratio, double value);

struct EffectText {
  std::string estimate;  // "+17.9%" or "n/a"
  std::string interval;  // "[+15.2%, +20.1%]" or "n/a"
};
EffectText effect_text(const std::optional<Effect>& effect);
// Finite, ordered, and positive where it is a ratio: otherwise nothing of it is shown.
bool is_shown(const std::optional<Effect>& effect);

// "0.011", "<0.001"; a p-value just above 0.05 is ">0.050", so that no rounding contradicts the verdict.
std::string p_text(std::optional<double> p);

// "12%" for a ratio minus 1, "3.2" for a difference in the metric's unit.
std::string detectable_text(const ComparisonRow& row);

// "3.1%" for a ratio minus 1, "3.2" for a difference; empty where A/A runs have told none.
std::string floor_text(const ComparisonRow& row);

// "2 %", "0.5 %".
std::string threshold_text(double delta);

// Shortest decimal text that reads back as the same double; empty when not finite.
std::string raw_number(std::optional<double> value);

}  // namespace klab::report
