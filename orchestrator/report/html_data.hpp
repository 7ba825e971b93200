// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "model/comparison.hpp"
#include "report/mustache_data.hpp"

namespace klab::report {

// What html_template.hpp's middle two parts ask for, of a report that is inert() already. `linked`: dots lead to the
// boots they stand for, and numbers to their samples, on klabd's pages.
void set_contrasts(data& page, const Report& report, bool linked);
void set_footer(data& page, const Report& report);

// The page with all boots and samples behind one row of an experiment.
std::string row_address(const std::string& experiment, const std::string& workload, const std::string& case_name,
                        const std::string& metric);

}  // namespace klab::report
