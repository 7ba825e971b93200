// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "model/trend.hpp"
#include "pipeline/lab.hpp"

namespace klab {

// Whether two nights measured the same against the same, with the same: one host, one pinned reference, one ruler. A
// ruler that is not known differs from none.
bool comparable(const TrendPoint& a, const TrendPoint& b);
// Nights that are comparable: cut at the first point with another fingerprint, pinned reference or ruler. Gaps cut
// nothing, and nights without a point belong to none at the ends. `facts` gives what is known of a fingerprint.
using HostFacts = std::map<std::string, std::string>;
std::vector<TrendSegment> trend_segments(const std::vector<TrendPoint>& points,
                                         const std::function<HostFacts(const std::string& fingerprint)>& facts);
// "microcode 0x1 -> 0x2, qemu 7.2 -> 8.0"; what one side lacks is "none". Where nothing is known to differ it says so.
std::string host_change(const HostFacts& before, const HostFacts& after);
// "workload tiny changed, kconfig lab,debug -> lab"; of rulers that differ.
std::string ruler_change(const Ruler& before, const Ruler& after);

// All of a row's trend, from what is stored; at most the newest `limit` nights.
Result<Trend> read_trend(Lab& lab, const Cell& cell, const RowKey& row, int limit = 365);
// Of every row of a cell that has points, primary metrics first.
Result<std::vector<Trend>> read_trends(Lab& lab, const Cell& cell, int limit = 365);

// The change points of one trend, segment by segment. Blocks; any thread.
std::vector<ChangePoint> find_changes(const Trend& trend);
// What a change has to reach: 2 % (the metric's min_change, for differences), or the noise floor where that is larger.
double least_change(const Trend& trend, bool is_ratio);

}  // namespace klab
