// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "model/comparison.hpp"

namespace klab {

// The report as plain text for a mail or a terminal: no line longer than 72 columns whatever the
// names in it, our own words in ASCII, names in UTF-8, no escape sequences. Per contrast: the arms,
// then per workload a short table (first primary metric with medians, second with its change), the
// notes, and per metric two tables, one of medians, change, interval and verdict and one of p-values
// and spread. Medians are rounded; what was not measured is "n/a". Pure.
std::string render_text(const Report& report);

namespace report {
// The tables of a mail: machines side by side, then per contrast each primary metric with medians, change, interval
// and verdict. Expects an inert report; empty when there is no row.
std::string mail_tables(const Report& report);
}  // namespace report

}  // namespace klab
