// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/experiment.hpp"
#include "model/night.hpp"
#include "store/database.hpp"

namespace klab {

// Mean seconds of a boot, and of the build of a kernel that was not in the cache; unset: none was seen.
struct CellSeconds {
  std::optional<double> boot;
  std::optional<double> build;
};

// Matrices' cells and nights. Borrows the database; same thread. Times are seconds since the epoch.
class NightStore {
 public:
  explicit NightStore(Database& database) : database_(database) {}

  Result<std::vector<std::string>> matrices();  // that have nights, by name
  Result<std::vector<Cell>> cells(const std::string& matrix);  // in the order in which they were first seen
  Result<Cell> cell(std::int64_t id);                          // kind input when there is none
  Result<Night> night(std::int64_t id);                        // likewise
  Result<std::vector<Night>> nights(const std::string& matrix, int limit);  // newest first; trees included
  Result<std::vector<Night>> nights_since(const std::string& matrix, std::int64_t first);  // oldest first; without trees
  Result<std::vector<NightCell>> night_cells(std::int64_t night);           // in order
  Result<std::vector<NightCell>> history(std::int64_t cell, int limit);     // newest first
  Result<std::optional<NightCell>> of_experiment(std::int64_t experiment);
  Result<NightCell> night_cell(std::int64_t id);
  Result<std::vector<std::int64_t>> unfinished();  // nights under way, oldest first
  // When the matrix last began a night by the clock.
  Result<std::optional<double>> last_nightly(const std::string& matrix);

  // The newest of the cell's nights before this one (0: of all) that was a comparison and did not end as failed,
  // regressed or without enough data, or that a person has accepted; but none whose kernel has since failed as last good.
  Result<std::optional<NightCell>> last_good(std::int64_t cell, std::int64_t before);
  Result<std::optional<NightCell>> last_done(std::int64_t cell, std::int64_t before);  // likewise, whatever its verdict

  // Stores a night whole before anything of it happens: every cell waits, those first that have waited longest.
  // A cell is the same as in earlier nights when all that is in it but the label is; the label may change.
  Result<std::int64_t> begin(const Night& night, const std::vector<Cell>& cells);
  // Cells of an older klab that booted what the configuration said take `line`, what it says now, and with it their
  // history goes on; but not where they last booted something else, or where a cell with this line is there already.
  Result<void> settle_command_lines(const std::string& line);
  Result<void> set_tree(std::int64_t night, const NightTree& tree);
  // All but its place in the night and its experiment.
  Result<void> update(const NightCell& cell);
  // The experiment and that the cell has it, at once; an error of kind lab where it has one already.
  Result<std::int64_t> submit(const NightCell& cell, const ExperimentPlan& plan, double now);
  Result<void> finish(std::int64_t night, double now);
  // What tonight is compared with from now on, unless a newer night is good; none: as if nobody had accepted.
  Result<void> accept(std::int64_t cell, std::optional<std::int64_t> night_cell);
  // Nothing is compared with `good` any more, unless it is accepted again: its kernel failed as last good of `tonight`,
  // which with `again` waits once more, without the experiment that it had.
  Result<void> give_up(std::int64_t good, const NightCell& tonight, bool again);
  Result<int> given_up_during(std::int64_t night_cell);

  // From history: of the newest nights of this very cell; and of what resembles it. There boots are of its machine,
  // workload and kconfig, builds of its tree and kconfig, and of any kconfig where none has been seen with that one.
  Result<CellSeconds> seconds_of(std::int64_t cell);
  Result<CellSeconds> seconds_like(const Cell& cell);
  // Digest of the host on which the experiment's arm had its first good boot; empty: there was none.
  Result<std::string> fingerprint(std::int64_t experiment, const std::string& arm);

 private:
  Database& database_;
};

}  // namespace klab
