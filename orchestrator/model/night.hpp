// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace klab {

// One place of a matrix, the same every night.
struct Cell {
  std::int64_t id = 0;
  std::string matrix;
  std::string label;  // what people read and type
  std::string tree;
  std::string ref;
  std::string series;   // name in the matrix; empty: the tree as it is
  std::string kconfig;  // name in the matrix, or the fragments
  std::string command_line;
  // An older klab's: what the configuration says, whatever that was; `command_line` is empty. See settle_command_lines().
  bool by_default = false;
  std::string machine;   // a name, or labels
  std::string workload;  // requests with their parameters, spaces between
  std::optional<std::int64_t> accepted;  // the night_cell that a person took as good
};

// All that makes a cell the same in every night, whatever it is called; refers to it.
inline auto place_of(const Cell& c) {
  return std::tie(c.matrix, c.tree, c.ref, c.series, c.kconfig, c.command_line, c.by_default, c.machine, c.workload);
}

enum class CellState { waiting, running, done, skipped, put_off, lab_error };
std::string_view name(CellState state);  // "waiting", ..., "put off", "lab error": as stored and printed
std::optional<CellState> cell_state_from_name(std::string_view name);

// What the morning says of a cell: tonight against last good, over all primary rows. Worst first.
enum class CellVerdict {
  failed,      // tonight's kernel does not apply, build, boot or finish, or does so less often than last good
  regressed,   // a primary row regressed
  improved,    // one improved and none regressed
  suggestive,  // only row p-values say so
  no_change,
  within_noise,
  insufficient_data,
  none,  // nothing to compare with: a first night, an A/A run, one that did not run
};
std::string_view name(CellVerdict verdict);  // "failed", "regressed", ..., "no change", "within noise"; none is ""
std::optional<CellVerdict> cell_verdict_from_name(std::string_view name);

enum class CellKind { comparison, aa };

// What became of a cell in one night.
struct NightCell {
  std::int64_t id = 0;
  std::int64_t night = 0;
  std::int64_t cell = 0;
  int position = 0;
  CellState state = CellState::waiting;
  std::string reason;  // of skipped, put off, lab error
  CellKind kind = CellKind::comparison;
  std::string commit;            // tonight's
  std::string reference_commit;  // the pinned one
  std::string inputs;            // hash of all that is measured
  std::optional<double> estimate;  // seconds
  std::optional<std::int64_t> experiment;
  std::optional<std::int64_t> last_good;  // night_cell
  CellVerdict verdict = CellVerdict::none;
  std::string fingerprint;  // digest of the host it ran on
};

struct NightTree {
  std::string tree;
  bool good = true;
  std::string message;  // git's words, where it is not
};

struct Night {
  std::int64_t id = 0;
  std::string matrix;
  std::string date;  // "2026-11-21", local, on which it began
  bool by_hand = false;
  std::string person;
  double started = 0.0;
  std::optional<double> finished;
  std::optional<double> deadline;
  std::string definition;  // the matrix file as it was
  std::vector<NightTree> trees;
};

// Labels of the arms of a night's experiment. The point of the trend is tonight against reference, the morning's
// verdict tonight against last-good (an arm of its own unless it is there already, or tonight is the first).
inline constexpr std::string_view arm_reference = "reference";
inline constexpr std::string_view arm_last_good = "last-good";
inline constexpr std::string_view arm_tonight = "tonight";

}  // namespace klab
