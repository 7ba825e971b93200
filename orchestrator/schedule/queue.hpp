// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "pipeline/experiment_run.hpp"
#include "pipeline/lab.hpp"
#include "pipeline/progress.hpp"
#include "schedule/leases.hpp"

namespace klab {

// Runs stored experiments, each in a coroutine of its own, oldest first on whatever they share (leases.hpp):
// while guests on the local machine are measured nothing else of the lab's builds or boots there, and a host
// belongs to one experiment from its first boot to its last. A host that fails is put into quarantine; its
// experiment moves to another where it may, else ends. The queue itself is the table of experiments; what is
// kept here of those that wait is their numbers. Of all that wait for the same only the oldest are taken up, so ten
// thousand cost little more than ten. Reactor thread only.
class Queue {
 public:
  // How the two halves of an experiment are done; a benchmark of the queue has others.
  struct Steps {
    std::function<boost::asio::awaitable<Result<std::optional<BuiltExperiment>>>(Lab&, ProgressBoard&, std::int64_t, std::stop_token)>
        build = build_experiment;
    std::function<boost::asio::awaitable<Result<std::optional<Setback>>>(Lab&, ProgressBoard&, BuiltExperiment, std::stop_token)> measure =
        measure_experiment;
    // After a cut of the whole site's power it takes minutes until BMCs and switches answer.
    double patience = 900.0;  // seconds, with a host that an earlier daemon had in use
    std::chrono::milliseconds pause{20'000};  // between two tries
  };
  Queue(Lab& lab, ProgressBoard& board, boost::asio::any_io_executor executor);
  Queue(Lab& lab, ProgressBoard& board, boost::asio::any_io_executor executor, Steps steps);

  // Until `stop` is requested; then experiments under way are left where they can be taken up. First
  // records as interrupted what an earlier daemon left unfinished, and puts the hosts to rest that it had in
  // use. An error is the database's, and ends everything. Ends when all it began has ended.
  boost::asio::awaitable<Result<void>> run(std::stop_token stop);

  void notify();  // there is a new experiment, or the state of a host has changed
  // Records the wish and, when the experiment is under way, stops it. One that is done stays as it is.
  Result<void> cancel(std::int64_t experiment);
  // Looks at a host that nobody has, and keeps what was found.
  boost::asio::awaitable<Result<HostProbe>> probe(std::string host);

  // Whether it has been given a host or the local machine; it may have been before and not have got it back yet.
  bool has_begun(std::int64_t experiment) const;

  const Leases& leases() const { return leases_; }

 private:
  // Experiments that wait for the same, in the same person's name.
  struct Line {
    std::set<std::int64_t> waiting;   // not taken up yet
    std::set<std::int64_t> taken_up;  // but not begun
    std::string told;                 // what they wait for
    std::uint64_t told_at = 0;        // Leases::version() of that time
  };
  struct Run {
    std::stop_source stop;
    Line* line = nullptr;
    bool begun = false;  // it has been given something
  };
  using Work = boost::asio::awaitable<Result<void>>;

  Result<void> take_up();
  Result<void> begin_new();
  void take_up_of(Line& line, std::vector<std::int64_t>& next);
  void begin(const std::vector<std::int64_t>& experiments);
  void begun(std::int64_t experiment);
  void leave_line(std::int64_t experiment);
  std::string explain(std::int64_t experiment);
  void spawn(Work work, std::optional<std::int64_t> experiment);
  void end_thrown(std::int64_t experiment, std::exception_ptr thrown);
  void over(std::exception_ptr thrown, Result<void> result);
  Work run_one(std::int64_t experiment, std::stop_token stop);
  boost::asio::awaitable<Result<std::optional<Setback>>> use(std::int64_t experiment, Needs needs, std::stop_token stop);
  Result<bool> goes_elsewhere(std::int64_t experiment, const Needs& needs, const Setback& failure);
  Result<void> give_back(std::int64_t experiment);
  Work put_to_rest(std::string host, double patience);
  bool stopping() const { return stopping_ || thrown_ || failure_; }

  Lab& lab_;
  ProgressBoard& board_;
  Steps steps_;
  Leases leases_;
  boost::asio::steady_timer wake_;
  bool woken_ = false;
  bool stopping_ = false;
  int tasks_ = 0;
  std::map<std::int64_t, Run> runs_;
  std::map<std::string, Line> lines_;
  std::map<std::int64_t, Line*> lined_up_;  // those that wait in a line
  std::int64_t newest_ = 0;                 // experiment that was seen
  std::exception_ptr thrown_;
  std::optional<Error> failure_;
};

}  // namespace klab
