// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pipeline/lab.hpp"

namespace klab {

// To be called once, before the first experiment is taken up: records as interrupted every build and boot
// that an earlier daemon began and did not finish, and removes what those boots left in the state
// directory. Finished boots are not touched. An error is the database's.
Result<void> recover(Lab& lab);

}  // namespace klab
