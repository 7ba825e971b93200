// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "config/config.hpp"
#include "model/experiment.hpp"
#include "model/matrix.hpp"
#include "store/experiment_store.hpp"

namespace klab {

// What of a cell is known when it is planned.
struct CellTonight {
  Cell cell;
  std::string commit;
  std::string reference_commit;
  std::string date;
  std::string submitter;
  std::optional<std::int64_t> last_good_cell;  // of its night
  std::optional<ExperimentRecord> last_good;   // and its experiment
  std::uint64_t seed = 1;
};

struct CellPlan {
  ExperimentPlan plan;
  std::string inputs;      // hash of all that is measured, whatever it is compared with
  bool has_last_good = false;  // tonight is compared with it, be it an arm of its own or the reference
  bool is_last_good = false;   // tonight's kernel is last good's
};

// The arms reference, last-good and tonight. Last good is built from what its experiment says of it (series and
// kconfig as they were then), unless it is the reference's or tonight's kernel: then there is no third arm. Reads
// files and runs git; blocks; any thread. Errors as make_plan's.
Result<CellPlan> plan_comparison(const Matrix& matrix, const Config& config, const CellTonight& tonight);
// Tonight's kernel twice.
Result<ExperimentPlan> plan_aa(const Matrix& matrix, const Config& config, const CellTonight& tonight);

// Every value of every list once, through make_plan: what a matrix file's own check cannot see, such as a parameter
// that a workload does not have or a series that does not read. Blocks.
Result<void> check_matrix(const Matrix& matrix, const Config& config);
// What should be known of one that can be run: that it has too few boots for any verdict. Empty: nothing.
std::string matrix_note(const Matrix& matrix, const Config& config);

}  // namespace klab
