// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <vector>

#include "pipeline/lab.hpp"
#include "store/trend_store.hpp"

namespace klab {

// What a cell's night means: its change points with what they belong to, and what is to be investigated. One
// investigation for one change: rows that change within two nights of each other are one, and what an earlier
// investigation covers is linked to it. Where it was not confirmed and the change point has since moved, or stands after a week, it is looked at
// once more, two nights further on both sides. `tonight` is the night_cell; its morning's verdict is the other
// source. Pure but for `now`.
CellAnalysis analyse_changes(const std::vector<Trend>& trends, std::vector<ChangePoint> changes,
                             const std::vector<Investigation>& known, const NightCell& tonight, double now);

// All cells of a night that have points. Computes on lab.workers.
boost::asio::awaitable<Result<std::vector<CellAnalysis>>> analyse_night(Lab& lab, std::int64_t night);

}  // namespace klab
