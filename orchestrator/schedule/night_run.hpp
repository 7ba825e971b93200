// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "model/matrix.hpp"
#include "pipeline/host_now.hpp"
#include "pipeline/night_plan.hpp"
#include "schedule/queue.hpp"

namespace klab {

// Takes one stored night to its end from wherever it stands: fetches its trees, says of each cell what is to be
// measured, submits one cell at a time per machine to the queue (so that a night never stands before anybody else's
// experiments but with one of its own), and judges what has come of it. Everything is in the database before the
// next step, and an experiment together with the fact that the cell has it: a night that was cut off is carried on by
// running it again. Owned by one coroutine; reactor thread.
class NightRun {
 public:
  NightRun(Lab& lab, Queue& queue, std::int64_t night, std::function<std::uint64_t()> seed)
      : lab_(lab), queue_(queue), id_(night), seed_(std::move(seed)) {}

  // An error is the database's. When `stop` is requested the night is left as it is.
  boost::asio::awaitable<Result<void>> run(std::stop_token stop);

 private:
  using Work = boost::asio::awaitable<Result<void>>;

  Work fetch_trees(std::stop_token stop);
  Work prepare_cells(std::stop_token stop);
  Work prepare(NightCell cell, std::stop_token stop);
  boost::asio::awaitable<Result<bool>> resolve_commits(NightCell& cell, const Cell& place, std::stop_token stop);
  boost::asio::awaitable<Result<std::string>> resolve(MatrixSource source, std::stop_token stop);
  Work measure_cells(std::stop_token stop);
  Work submit_next(std::stop_token stop);
  Work submit(NightCell& cell, std::stop_token stop);
  boost::asio::awaitable<Result<std::string>> host_changed(const NightCell& last, std::string machine, Architecture architecture,
                                                           std::stop_token stop);

  Result<void> settle(NightCell& cell);      // one that has an experiment
  Result<void> conclude(NightCell& cell, const ExperimentRecord& record);
  Result<void> put_off_late();               // what does not fit any more
  Result<void> give_up_waiting(const std::string& reason);
  Result<void> end_as(NightCell& cell, CellState state, std::string reason);
  Result<CellTonight> tonight_of(const NightCell& cell, const Cell& place);
  std::optional<double> left() const;        // seconds of the budget
  std::string lane(const std::string& machine, std::size_t& width) const;

  Lab& lab_;
  Queue& queue_;
  std::int64_t id_;
  std::function<std::uint64_t()> seed_;
  Night night_;
  std::optional<Matrix> matrix_;  // none where the configuration no longer knows what the night is about
  std::map<std::int64_t, Cell> places_;
  double taken_up_ = 0.0;        // when this daemon began to wait
  std::vector<NightCell> open_;  // those that wait or run, in order; nobody else changes them
  std::map<std::pair<std::string, Architecture>, HostNow> hosts_;  // as they were when the night was prepared
  // A ref is one commit all night, and is looked up once.
  std::map<std::pair<std::string, std::string>, Result<std::string>> commits_;
};

}  // namespace klab
