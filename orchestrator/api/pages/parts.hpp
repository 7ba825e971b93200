// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "pipeline/experiment_labels.hpp"
#include "report/page/document.hpp"
#include "report/page/marks.hpp"

namespace klab::pages {

// Pieces that several pages are made of.

std::string time_text(std::optional<double> seconds);  // "2026-11-21 18:00"; empty where there is none
std::string span_text(double seconds);                 // "3 m 05 s"
std::string plural(long long count, std::string_view one, std::string_view many);  // "1 boot", "5 boots"

page::Cell number_cell(std::int64_t number);
page::Cell experiment_cell(std::int64_t id);        // "12", leading there
page::Cell commit_cell(const std::string& commit);  // short, leading to what is known of it; empty where there is none
page::Cell chip(const page::Mark& mark, std::string href = {});
page::Cell outcome_chip(const std::optional<Outcome>& outcome, std::string_view otherwise, std::string href = {});
// Labels of all these experiments together, as chips of the page.
Result<void> add_label_chips(Lab& lab, page::Document& document, const std::vector<std::int64_t>& experiments);
page::Facts facts_block(const std::map<std::string, std::string>& facts);

std::string experiment_address(std::int64_t id);
std::string boot_address(std::int64_t id);
// Empty for labels, and for a machine that is configured no longer and never booted: they have no page.
Result<std::string> host_address(Lab& lab, const std::string& machine);

}  // namespace klab::pages
