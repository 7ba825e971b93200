// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <stop_token>

#include "pipeline/lab.hpp"
#include "pipeline/progress.hpp"

namespace klab {

// Runs stored experiments one after the other, oldest first: while one of them measures, nothing else
// of the lab's builds or boots on this host. The queue itself is the table of experiments; nothing of
// it is kept here. Reactor thread only.
class Queue {
 public:
  Queue(Lab& lab, ProgressBoard& board, boost::asio::any_io_executor executor);

  // Until `stop` is requested; then the experiment under way is left where it can be taken up. First
  // records as interrupted what an earlier daemon left unfinished. An error is the database's.
  boost::asio::awaitable<Result<void>> run(std::stop_token stop);

  void notify();  // there is a new experiment
  // Records the wish and, when the experiment is under way, stops it. One that is done stays as it is.
  Result<void> cancel(std::int64_t experiment);

 private:
  boost::asio::awaitable<Result<void>> run_one(std::int64_t experiment, std::stop_token stop);

  Lab& lab_;
  ProgressBoard& board_;
  boost::asio::steady_timer wake_;
  std::int64_t current_ = 0;
  std::stop_source current_stop_;
};

}  // namespace klab
