// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "model/comparison.hpp"
#include "store/boot_store.hpp"
#include "store/experiment_store.hpp"

namespace klab {

// What the kept passes of good boots said, for facts that their workload shows. Equal texts are said once, with
// the arms and, where not all cases said the same, the cases. An arm and case with more than one text counts
// them and shows the first. On the reactor thread.
Result<std::vector<FactLine>> fact_lines(BootStore& store, const ExperimentRecord& record,
                                         const std::vector<BootRecord>& boots);

}  // namespace klab
