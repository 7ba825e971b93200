// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/pages/parts.hpp"

namespace klab::pages {

// The sections of an experiment's page.

std::string arm_of(const ExperimentRecord& record, std::int64_t arm);  // its label

page::Order order_block(const ExperimentRecord& record, const std::vector<Slot>& slots, const std::vector<BootRecord>& boots);
// The verdicts of each contrast, leading to it.
page::Chips jump_block(const Report& report);
std::optional<page::Section> failed_section(const std::vector<BootRecord>& boots);
Result<page::Section> arms_section(Lab& lab, const ExperimentRecord& record);
std::optional<page::Section> series_section(const ExperimentPlan& plan);
page::Section boots_section(const ExperimentRecord& record, const std::vector<BootRecord>& boots,
                            const std::vector<BootRecord>& profiled);
page::Section downloads_section(const ExperimentRecord& record);

}  // namespace klab::pages
