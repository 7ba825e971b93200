// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <stop_token>
#include <vector>

#include "pipeline/lab.hpp"
#include "schedule/leases.hpp"
#include "store/trend_store.hpp"

namespace klab {

// What a cell's night means: its change points with what they belong to, and what is to be investigated. One
// investigation for one change: rows that change within two nights of each other are one, and what an earlier
// investigation covers is linked to it; but what is worse is never covered by something that is better. Where it was
// not confirmed and the change point has since moved, or stands after a week, or where the lab could not tell, it is
// looked at once more, two nights further on both sides. `tonight` is the night_cell; its morning's verdict is the
// other source. Pure but for `now`.
CellAnalysis analyse_changes(const std::vector<Trend>& trends, std::vector<ChangePoint> changes,
                             const std::vector<Investigation>& known, const NightCell& tonight, double now);

// All cells of a night that have points, each stored when it is found; then the night counts as analysed. Stopped, it
// begins again: a cell that is analysed twice finds what it has begun itself. Computes on lab.workers, a cell at a
// time, while no guest is measured on the local machine. An error is the database's, or that `stop` was requested.
boost::asio::awaitable<Result<void>> analyse_night(Lab& lab, const Leases& leases, std::int64_t night, std::stop_token stop);

}  // namespace klab
