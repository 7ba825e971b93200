// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "model/matrix.hpp"
#include "schedule/queue.hpp"

namespace klab {

// Begins nights by the clock and by hand, and runs those that are under way, each in a coroutine of its own. Nights
// are rows before anything of them happens; those that an earlier daemon left are carried on. One night of a matrix
// at a time. Reactor thread.
class Nights {
 public:
  Nights(Lab& lab, Queue& queue, boost::asio::any_io_executor executor) : lab_(lab), queue_(queue), executor_(executor) {}

  // Until `stop` is requested. An error is the database's. Ends when all it began has ended.
  boost::asio::awaitable<Result<void>> run(std::stop_token stop);

  // A night now, by hand; the value is its number. The matrix is checked whole first. `budget`: seconds.
  boost::asio::awaitable<Result<std::int64_t>> start(std::string matrix, std::string person, std::optional<double> budget);

 private:
  struct File {
    std::filesystem::file_time_type written;
    double seconds = 0.0;
    Result<Matrix> matrix;
  };

  Result<void> begin_due();
  Result<void> take_up();
  Result<std::int64_t> begin(const Matrix& matrix, const std::string& person, bool by_hand, std::optional<double> deadline);
  Result<std::optional<std::int64_t>> under_way(const std::string& matrix);
  const File* read(const std::string& matrix);  // again when it has been written; null: there is none
  double seconds_to_next() const;

  Lab& lab_;
  Queue& queue_;
  boost::asio::any_io_executor executor_;
  std::map<std::string, File> files_;
  std::map<std::string, double> held_up_;  // starts that had to wait for the night before, and were said to
  std::set<std::int64_t> runs_;
  std::stop_source stop_;  // of the nights
  std::exception_ptr thrown_;
  std::optional<Error> failure_;
};

}  // namespace klab
