// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/comparison.hpp"

namespace klab::report {

// The sentences that the text and the HTML share. Names in them are as the report has them: the
// caller makes them printable.

// Fits a column of a 72-column table: "within noise" for "within boot-to-boot noise".
std::string_view short_name(Verdict verdict);

// What the verdict says, with the threshold used; one clause without a full stop.
std::string meaning(Verdict verdict, std::string_view threshold);

// "Verdict: meaning" for each verdict that occurs.
std::vector<std::string> legend(const Report& report);

// What change, interval and p-values are, with the intervals' coverage.
std::vector<std::string> method(const Report& report);

// "5 + 5 boots, none failed"
std::string boots_sentence(const Comparison& comparison);
// "balanced random order, seed 4711; p-values over all 174 labellings"
std::string order_sentence(const Comparison& comparison);
// "practical threshold 2 %; family of 12 primary rows"
std::string family_sentence(const Comparison& comparison);
// "failed boots 0/5 vs 3/5: regressed (row p 0.167)"; empty when none failed.
std::string failures_sentence(const Comparison& comparison);
// For more than one contrast: how many, and what that means for errors; else empty.
std::string contrasts_sentence(const Report& report);

}  // namespace klab::report
