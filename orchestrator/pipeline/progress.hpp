// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>

#include <boost/asio/steady_timer.hpp>

namespace klab {

// Where a running experiment is, for those who watch. Held in memory only: after a restart it is told
// anew by what happens then.
struct Progress {
  std::string step;        // "building patched", "boot 3 of 10"
  std::string detail;      // "workqueue numa, pass 3 of 24"
  int boot = 0;            // under way, from 1
  int boots = 0;           // of the experiment
  bool waiting = false;    // for a host or for the machine klabd runs on; the step says for what
  double started = 0.0;    // of this step, seconds since the epoch
  double seconds_per_boot = 0.0;  // mean of the boots finished in this life of the daemon; 0: none yet
  std::uint64_t version = 0;      // grows with every change
};

// One board for all experiments; reactor thread only.
class ProgressBoard {
 public:
  explicit ProgressBoard(boost::asio::any_io_executor executor) : executor_(executor) {}

  Progress get(std::int64_t experiment) const;
  // Who knows what an experiment waits for, now; "" for one that does not wait. Asked only when somebody looks:
  // ten thousand that wait are not told again whenever one of them is served.
  void set_explainer(std::function<std::string(std::int64_t)> explainer) { explainer_ = std::move(explainer); }
  std::set<std::int64_t> watched() const;  // experiments for whose change somebody waits
  void set(std::int64_t experiment, Progress progress);  // version is the board's to count
  void touch(std::int64_t experiment);                   // something else about it has changed
  // Resumes when the experiment's version differs from `seen`, or after `limit`.
  boost::asio::awaitable<std::uint64_t> changed(std::int64_t experiment, std::uint64_t seen, std::chrono::milliseconds limit);
  void release_all();  // at shutdown: nobody waits any longer

 private:
  boost::asio::any_io_executor executor_;
  std::map<std::int64_t, Progress> entries_;
  std::list<std::pair<std::int64_t, boost::asio::steady_timer*>> waiting_;
  std::function<std::string(std::int64_t)> explainer_;
  std::uint64_t counter_ = 0;
  bool released_ = false;
};

}  // namespace klab
