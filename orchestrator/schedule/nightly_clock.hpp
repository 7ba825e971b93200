// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "model/matrix.hpp"

namespace klab {

// When nights begin, in this computer's time zone. Pure but for the zone; times are seconds since the epoch.
//
// There is one start a day: the first instant at which the clock on the wall shows that time of day or a later one.
// Where the clock is put forward over it, that is the moment after the gap; where it shows it twice, the first.

// The first start after that instant.
double next_start(const NightlySchedule& schedule, double after);
// The newest start at or before it.
double latest_start(const NightlySchedule& schedule, double now);

// The start that is to be made now, if one is. One that nobody made, because klabd was down or the last night still
// went on, is made up for while its budget lasts (its end stays where it was), without a budget within an hour; not
// where the file was written after it.
std::optional<double> due_start(const NightlySchedule& schedule, double now, std::optional<double> last_begun, double file_written);

std::string local_date(double seconds);  // "2026-11-21"

}  // namespace klab
