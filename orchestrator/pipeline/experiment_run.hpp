// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <stop_token>

#include "pipeline/lab.hpp"
#include "pipeline/progress.hpp"

namespace klab {

// Takes a stored experiment from wherever it stands to its end: base commits, builds, the order of
// boots, the boots. Every step is in the database before the next begins, so a run that was cut off is
// taken up by running it again. When `stop` is requested it powers off, records the boot under way as
// interrupted, and leaves the experiment to be carried on, unless its cancellation is what was asked
// for. An error is the database's; everything else becomes the experiment's outcome.
boost::asio::awaitable<Result<void>> run_experiment(Lab& lab, ProgressBoard& board, std::int64_t experiment,
                                                    std::stop_token stop);

}  // namespace klab
