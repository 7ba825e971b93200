// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/comparison.hpp"

namespace klab::report {

// The same report with every text made printable() (util/text.hpp): names come from mails, kernels
// and guests, and every format starts from this copy.
Report inert(Report report);

}  // namespace klab::report
