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
// Where fresh boots were made to confirm it, they decide: by their own table, 2 where a kernel failed in them, 3 where
// the lab did or somebody cancelled them. Pure.
int exit_code(const Report& report);

// The table that decides: that of fresh boots, which were asked for because the first did not settle it; else its own.
const Report& deciding(const Report& report);

}  // namespace klab
