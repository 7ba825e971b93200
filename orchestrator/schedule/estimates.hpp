// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "model/matrix.hpp"
#include "pipeline/lab.hpp"

namespace klab {

// How long a cell will take: its boots, and one build, because only tonight's kernel is new. From its own newest nights,
// and, where those do not tell, from how long its like took. Nothing where no such boot was ever seen.
Result<std::optional<double>> estimate_cell(NightStore& nights, const Config& config, const Matrix& matrix, const Cell& cell, int arms);

// The cells of a file with what is known of them: the ids and history of those that were seen before.
struct CellForecast {
  Cell cell;
  std::optional<double> seconds;
  std::optional<NightCell> last;  // newest night
};
Result<std::vector<CellForecast>> forecast(NightStore& nights, const Config& config, const Matrix& matrix);

}  // namespace klab
