// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/json.hpp>

#include "pipeline/experiment_labels.hpp"

namespace klab {

boost::json::array labels_view(const Labels& labels);
// of["labels"]: those of all these experiments together.
Result<void> add_labels(Lab& lab, boost::json::object& of, const std::vector<std::int64_t>& experiments);
// Of a night_view(): each cell's own.
Result<void> add_cell_labels(Lab& lab, boost::json::object& night);

}  // namespace klab
