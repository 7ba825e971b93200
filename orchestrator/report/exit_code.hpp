// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/comparison.hpp"

namespace klab {

// The report as a process exit code. The first line that holds for any contrast decides:
//   2  failed: the patched arm failed in a larger share of its boots than the reference did, failed
//      in all of them, or its failures are a regression. No p-value excuses a crash: one of five
//      boots against none is no evidence by itself, and still nothing to call "same or better".
//   1  regressed: a primary row has the verdict regressed.
//   3  nothing can be said: a contrast has no row that was measured well enough (all are
//      insufficient data, order-confounded or n/a, or there are none), or there is no contrast.
//   0  same or better.
// Pure.
int exit_code(const Report& report);

}  // namespace klab
