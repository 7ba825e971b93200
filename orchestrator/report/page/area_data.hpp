// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "report/mustache_data.hpp"
#include "report/page/trend_plot.hpp"

namespace klab::page {

// What document_template.hpp's area_template asks for.
report::data area_data(const TrendPlot& plot);

}  // namespace klab::page
