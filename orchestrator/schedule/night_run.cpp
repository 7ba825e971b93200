// SPDX-License-Identifier: GPL-3.0-or-later
#include "schedule/night_run.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>

#include "config/matrix_file.hpp"
#include "model/machine_selector.hpp"
#include "schedule/estimates.hpp"
#include "schedule/quiet.hpp"
#include "util/offload.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
namespace {

std::string duration(double seconds) { return human_duration(std::chrono::seconds(static_cast<long long>(std::max(seconds, 0.0) + 0.5))); }

std::string with_tail(const Error& error) {
  const auto words = trim(error.tail);
  return words.empty() ? error.message : fmt::format("{}: {}", error.message, words);
}

}  // namespace

std::optional<double> NightRun::left() const {
  if (!night_.deadline) return std::nullopt;
  return *night_.deadline - lab_.now();
}

namespace {
constexpr double patience = 900.0;  // seconds, with what was cut off and does not go on
}

Result<void> NightRun::end_as(NightCell& cell, CellState state, std::string reason) {
  cell.state = state;
  cell.reason = std::move(reason);
  spdlog::info("night {}: {}: {}: {}", id_, places_.at(cell.cell).label, name(state), printable(cell.reason));
  return lab_.nights.update(cell);
}

Result<void> NightRun::give_up_waiting(const std::string& reason) {
  auto cells = lab_.nights.night_cells(id_);
  if (!cells) return cells.error();
  for (auto& cell : *cells)
    if (cell.state == CellState::waiting)
      if (auto ended = end_as(cell, CellState::lab_error, reason); !ended) return ended;
  return {};
}

asio::awaitable<Result<void>> NightRun::run(std::stop_token stop) {
  auto night = lab_.nights.night(id_);
  if (!night) co_return night.error();
  night_ = std::move(*night);
  auto cells = lab_.nights.night_cells(id_);
  if (!cells) co_return cells.error();
  for (const auto& cell : *cells) {
    auto place = lab_.nights.cell(cell.cell);
    if (!place) co_return place.error();
    places_[cell.cell] = std::move(*place);
  }
  auto matrix = parse_matrix(night_.definition, lab_.config.matrices_directory / (night_.matrix + ".toml"), lab_.config);
  if (matrix) {
    matrix_.emplace(std::move(*matrix));
    if (auto fetched = co_await fetch_trees(stop); !fetched) co_return fetched;
    if (auto prepared = co_await prepare_cells(stop); !prepared) co_return prepared;
  } else if (auto given_up = give_up_waiting(matrix.error().message); !given_up) {
    // The configuration has changed since the night began. What runs already goes on.
    co_return given_up;
  }
  co_return co_await measure_cells(stop);
}

// Only what is waited for: a night that is carried on fetches nothing twice.
asio::awaitable<Result<void>> NightRun::fetch_trees(std::stop_token stop) {
  auto cells = lab_.nights.night_cells(id_);
  if (!cells) co_return cells.error();
  std::set<std::string> trees;
  for (const auto& cell : *cells)
    if (cell.state == CellState::waiting && cell.inputs.empty()) trees.insert(places_.at(cell.cell).tree);
  if (!trees.empty()) trees.insert(matrix_->reference.tree);
  for (const auto& known : night_.trees) trees.erase(known.tree);
  for (const auto& name : trees) {
    NightTree tree{name, true, {}};
    auto spec = lab_.tree(name);
    if (!spec) {
      tree.good = false;
      tree.message = spec.error().message;
    } else if (spec->remote.empty()) {
      tree.message = "read as it is: it has no remote";
    } else {
      // Git takes what processors there are.
      const auto quiet = co_await local_quiet(lab_.bell, queue_.leases(), stop);
      if (!quiet) co_return Result<void>{};
      auto fetched = co_await lab_.trees.fetch(*spec, stop);
      if (stop.stop_requested()) co_return Result<void>{};
      tree.good = fetched.has_value();
      tree.message = fetched ? "fetched" : with_tail(fetched.error());
      if (!fetched) spdlog::warn("night {}: {}", id_, printable(tree.message));
    }
    if (auto stored = lab_.nights.set_tree(id_, tree); !stored) co_return stored;
    night_.trees.push_back(std::move(tree));
  }
  co_return Result<void>{};
}

asio::awaitable<Result<void>> NightRun::prepare_cells(std::stop_token stop) {
  auto cells = lab_.nights.night_cells(id_);
  if (!cells) co_return cells.error();
  for (auto& cell : *cells) {
    if (stop.stop_requested()) break;
    if (cell.state != CellState::waiting || !cell.inputs.empty()) continue;
    if (auto prepared = co_await prepare(std::move(cell), stop); !prepared) co_return prepared;
  }
  co_return Result<void>{};
}

asio::awaitable<Result<std::string>> NightRun::resolve(MatrixSource source, std::stop_token stop) {
  const std::pair key(source.tree, source.ref);
  if (const auto found = commits_.find(key); found != commits_.end()) co_return found->second;
  auto tree = lab_.tree(source.tree);
  if (!tree) co_return tree.error();
  auto commit = co_await lab_.trees.resolve(*tree, source.ref, stop);
  if (!stop.stop_requested()) commits_.emplace(key, commit);
  co_return commit;
}

// False: the cell has ended, or a stop was requested.
asio::awaitable<Result<bool>> NightRun::resolve_commits(NightCell& cell, const Cell& place, std::stop_token stop) {
  const auto ended = [&](const std::string& reason) -> Result<bool> {
    if (stop.stop_requested()) return false;
    if (auto stored = end_as(cell, CellState::lab_error, reason); !stored) return stored.error();
    return false;
  };
  for (const auto& tree : night_.trees)
    if (tree.tree == place.tree && !tree.good) co_return ended(fmt::format("tree {} could not be fetched", tree.tree));
  MatrixSource source{place.tree, place.ref};
  auto commit = co_await resolve(std::move(source), stop);
  if (!commit) co_return ended(commit.error().message);
  cell.commit = *commit;
  // Where the pinned kernel's tree could not be fetched it is still what it was.
  auto reference = co_await resolve(matrix_->reference, stop);
  if (!reference) co_return ended("the pinned reference: " + reference.error().message);
  cell.reference_commit = *reference;
  co_return true;
}

Result<CellTonight> NightRun::tonight_of(const NightCell& cell, const Cell& place) {
  CellTonight tonight{place, cell.commit, cell.reference_commit, night_.date, night_.person, {}, {}, seed_()};
  // One older than what failed, but not night by night all there are: what fails may fail with each of them.
  auto passed_over = lab_.nights.given_up_during(cell.id);
  if (!passed_over) return passed_over.error();
  if (*passed_over > 1) return tonight;
  auto good = lab_.nights.last_good(cell.cell, id_);
  if (!good) return good.error();
  if (!*good || !(*good)->experiment) return tonight;
  auto record = lab_.experiments.get(*(*good)->experiment);
  if (!record && record.error().kind == ErrorKind::input) return tonight;
  if (!record) return record.error();
  tonight.last_good_cell = (*good)->id;
  tonight.last_good = std::move(*record);
  return tonight;
}

asio::awaitable<Result<void>> NightRun::prepare(NightCell cell, std::stop_token stop) {
  const auto place = places_.at(cell.cell);
  auto resolved = co_await resolve_commits(cell, place, stop);
  if (!resolved) co_return resolved.error();
  if (!*resolved) co_return Result<void>{};
  auto tonight = tonight_of(cell, place);
  if (!tonight) co_return tonight.error();
  auto plan_it = [this, tonight = *tonight] { return plan_comparison(*matrix_, lab_.config, tonight); };
  auto planned = co_await offload(lab_.workers, std::move(plan_it));
  if (!planned) co_return end_as(cell, CellState::lab_error, with_tail(planned.error()));
  cell.inputs = planned->inputs;
  auto last = lab_.nights.last_done(cell.cell, id_);
  if (!last) co_return last.error();
  bool unchanged = *last && (*last)->inputs == cell.inputs;
  if (unchanged) {
    // Another compiler or QEMU makes other results, and begins the trend anew.
    auto change = co_await host_changed(**last, place.machine, planned->plan.arms.back().architecture, stop);
    if (!change) co_return change.error();
    if (stop.stop_requested()) co_return Result<void>{};
    unchanged = change->empty();
    if (!unchanged) cell.reason = fmt::format("measured again, because the host has changed: {}", *change);
  }
  if (unchanged && matrix_->unchanged == Unchanged::skip) {
    auto night = lab_.nights.night((*last)->night);
    if (!night) co_return night.error();
    co_return end_as(cell, CellState::skipped,
                     fmt::format("unchanged since {} (experiment {}{}{})", night->date, (*last)->experiment.value_or(0),
                                 (*last)->verdict == CellVerdict::none ? "" : ": ", name((*last)->verdict)));
  }
  if (unchanged) cell.kind = CellKind::aa;
  const int arms = unchanged ? 2 : static_cast<int>(planned->plan.arms.size());
  auto estimate = estimate_cell(lab_.nights, lab_.config, *matrix_, place, arms);
  if (!estimate) co_return estimate.error();
  cell.estimate = *estimate;
  co_return lab_.nights.update(cell);
}

// Where nothing is known of a host any more it counts as the same.
asio::awaitable<Result<std::string>> NightRun::host_changed(const NightCell& last, std::string machine, Architecture architecture,
                                                            std::stop_token stop) {
  const std::pair key(machine, architecture);
  if (!hosts_.count(key)) {
    auto now = co_await host_now(lab_, machine, architecture, stop);
    if (stop.stop_requested()) co_return std::string();
    hosts_[key] = std::move(now);
  }
  co_return change_since(lab_, last.fingerprint, hosts_.at(key));
}

asio::awaitable<Result<void>> NightRun::measure_cells(std::stop_token stop) {
  const auto is_over = [](const NightCell& cell) { return cell.state != CellState::waiting && cell.state != CellState::running; };
  auto cells = lab_.nights.night_cells(id_);
  if (!cells) co_return cells.error();
  open_ = std::move(*cells);
  taken_up_ = lab_.now();
  while (!stop.stop_requested()) {
    const auto heard = lab_.bell.rings();
    std::erase_if(open_, is_over);
    // What is to be tried once more is looked at like all that waits.
    for (auto& cell : open_)
      if (cell.state == CellState::running)
        if (auto settled = settle(cell); !settled) co_return settled;
    if (auto put_off = put_off_late(); !put_off) co_return put_off;
    if (auto submitted = co_await submit_next(stop); !submitted) co_return submitted;
    if (std::all_of(open_.begin(), open_.end(), is_over)) {
      if (auto stored = lab_.nights.finish(id_, lab_.now()); !stored) co_return stored;
      spdlog::info("night {} of {}: finished", id_, night_.matrix);
      lab_.bell.ring();
      break;
    }
    // The wall clock may be set; no wait relies on it for long.
    const double limit = std::clamp(left().value_or(60.0), 0.05, 60.0);
    co_await lab_.bell.wait(heard, std::chrono::milliseconds(static_cast<long>(limit * 1000.0) + 1), stop);
  }
  co_return Result<void>{};
}

// What cannot be done in the time that is left will not fit later either, because time only gets less.
Result<void> NightRun::put_off_late() {
  const auto seconds = left();
  if (!seconds) return {};
  const double budget = *night_.deadline - night_.started;
  for (auto& cell : open_) {
    const auto estimate = cell.estimate ? fmt::format("an estimated {}", duration(*cell.estimate)) : std::string("of unknown length");
    if (*seconds <= 0.0 && cell.state == CellState::waiting) {
      if (auto off = end_as(cell, CellState::put_off, fmt::format("the night was over before its turn came ({})", estimate)); !off) return off;
    } else if (cell.state == CellState::waiting && cell.estimate && *cell.estimate > *seconds) {
      const auto why = *cell.estimate > budget
                           ? fmt::format("{} is more than the whole budget of {}; give more time, or fewer boots", estimate, duration(budget))
                           : fmt::format("{} does not fit into the {} that are left", estimate, duration(*seconds));
      if (auto off = end_as(cell, CellState::put_off, why); !off) return off;
    } else if (*seconds <= 0.0 && cell.state == CellState::running) {
      auto record = lab_.experiments.get(*cell.experiment);
      if (!record) return record.error();
      // It waits for its turn, and need not have it tonight; nor one that was cut off in the middle and has waited long
      // since, as for a host that has gone into quarantine. settle() says why.
      const bool waits = record->state == ExperimentState::queued ||
                         (record->state != ExperimentState::done && !queue_.has_begun(*cell.experiment) && lab_.now() > taken_up_ + patience);
      if (waits && !record->cancelling)
        if (auto cancelled = queue_.cancel(*cell.experiment); !cancelled) return cancelled;
    }
  }
  return {};
}

// Machines that share a lane take turns; `width`: how many of its cells go side by side.
std::string NightRun::lane(const std::string& machine, std::size_t& width) const {
  width = 1;
  const auto named = lab_.config.machines.find(machine);
  if (named != lab_.config.machines.end()) return named->second.driver == "ipmi" ? machine : std::string();
  width = std::max<std::size_t>(1, select_hosts(lab_.config.machines, machine).size());
  return machine;
}

asio::awaitable<Result<void>> NightRun::submit_next(std::stop_token stop) {
  std::map<std::string, std::size_t> used;
  std::size_t width = 1;
  for (const auto& cell : open_)
    if (cell.state == CellState::running) ++used[lane(places_.at(cell.cell).machine, width)];
  for (auto& cell : open_) {
    if (cell.state != CellState::waiting || stop.stop_requested()) continue;
    const auto taken = lane(places_.at(cell.cell).machine, width);
    if (used[taken] >= width) continue;
    if (auto submitted = co_await submit(cell, stop); !submitted) co_return submitted;
    if (cell.state == CellState::running) ++used[taken];
  }
  co_return Result<void>{};
}

asio::awaitable<Result<void>> NightRun::submit(NightCell& cell, std::stop_token stop) {
  const auto place = places_.at(cell.cell);
  auto tonight = tonight_of(cell, place);
  if (!tonight) co_return tonight.error();
  // Planned again: files may have changed since, and last good is what it is now.
  auto plan_it = [this, tonight = *tonight, aa = cell.kind == CellKind::aa]() -> Result<CellPlan> {
    if (!aa) return plan_comparison(*matrix_, lab_.config, tonight);
    auto plan = plan_aa(*matrix_, lab_.config, tonight);
    if (!plan) return plan.error();
    return CellPlan{std::move(*plan), {}, false, false};
  };
  auto planned = co_await offload(lab_.workers, std::move(plan_it));
  if (stop.stop_requested()) co_return Result<void>{};
  if (!planned) co_return end_as(cell, CellState::lab_error, with_tail(planned.error()));
  if (!planned->inputs.empty()) cell.inputs = planned->inputs;
  if (planned->is_last_good) cell.reason += fmt::format("{}the kernel is last good's", cell.reason.empty() ? "" : "; ");
  if (planned->has_last_good) cell.last_good = tonight->last_good_cell;
  auto id = lab_.nights.submit(cell, planned->plan, lab_.now());
  if (!id) co_return id.error();
  cell.state = CellState::running;
  cell.experiment = *id;
  spdlog::info("night {}: {}: experiment {}", id_, place.label, *id);
  queue_.notify();
  co_return Result<void>{};
}

}  // namespace klab
