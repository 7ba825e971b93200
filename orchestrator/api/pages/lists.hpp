// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "api/pages/parts.hpp"
#include "pipeline/progress.hpp"

namespace klab::pages {

// Tables that stand on several pages.

std::string step_text(const ExperimentLine& line, const Progress& progress);  // "boot 3 of 10"
std::string detail_text(const Progress& progress, const ExperimentLine& line, double now);
std::string boots_text(const ExperimentLine& line);  // "3 of 10"
std::string state_text(const ExperimentLine& line);  // another one whenever its page is another one

page::Table queue_table(const std::vector<ExperimentLine>& lines, const ProgressBoard& board, double now);
page::Table finished_table(const std::vector<ExperimentLine>& lines, std::string nothing);
// Of host_line() in api/host_views.hpp.
std::vector<page::Cell> host_row(const boost::json::object& line);
// How many cells of a night came out how, worst first.
page::Chips night_tally(const std::vector<NightCell>& cells, std::int64_t night);

}  // namespace klab::pages
