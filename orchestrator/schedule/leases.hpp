// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "pipeline/lab.hpp"
#include "pipeline/progress.hpp"
#include "schedule/needs.hpp"

namespace klab {

// Shares out what one experiment at a time may use: each host, and the local machine, on which kernels are
// built and guests of libvirt run. Everybody takes all his hosts first, at once, and then the local machine, so
// nobody ever waits for somebody who waits for him. Who came first is served first: of two that wait for one
// thing the older experiment gets it, and keeps free hosts waiting for him until he has them all; but he who
// waits for a person (a quarantine, a reservation for somebody else) holds up nobody. What somebody waits for is
// told when it is asked for. Serving costs what changes, not how many wait: waiters are found by the hosts that are
// free, and standings are read again only when one has changed.
//
// A lease of a host is in the database before the host is used. Reactor thread only; errors are the database's,
// or of kind stopped.
class Leases {
 public:
  Leases(Lab& lab, ProgressBoard& board, boost::asio::any_io_executor executor);

  // Before anything else, and before boots of an earlier life are recorded as interrupted. Hosts that may still
  // run what that life left are leased from the start, for their end of use: they are the value.
  Result<std::vector<std::string>> take_up();

  // Resumes when all hosts of `needs` are leased and, where they were selected, stored as the experiment's.
  boost::asio::awaitable<Result<void>> take_hosts(std::int64_t experiment, Needs needs, std::stop_token stop);
  boost::asio::awaitable<Result<void>> take_local(std::int64_t experiment, std::stop_token stop);
  Result<void> measuring(std::int64_t experiment);  // from now on it boots what it has,
  void ended(std::int64_t experiment);              // until then
  bool is_measuring(std::int64_t experiment) const { return measuring_.count(experiment) > 0; }
  Result<void> give_back_local(std::int64_t experiment);  // if it has it
  std::vector<std::string> hosts_of(std::int64_t experiment) const;

  Result<void> end_use(const std::string& host);    // still leased, but no longer the experiment's
  Result<void> give_back(const std::string& host);  // for others
  // At once, where nobody has the host; else an error of kind lab that says who. For a probe.
  Result<void> take_now(const std::string& host);

  // What the experiment waits for; "" when it does not.
  std::string explain(std::int64_t experiment) const;
  // Experiments that wait behind one that waits here, for the same; who has them says so.
  void set_behind(std::function<const std::set<std::int64_t>*(std::int64_t)> behind) { behind_ = std::move(behind); }
  std::uint64_t version() const { return version_; }  // grows when explanations may have changed

  std::optional<Lease> lease(const std::string& host) const;
  std::string holder(const Lease& lease) const;       // "measuring experiment 12"
  struct Waiting {
    std::size_t number = 0;
    std::vector<std::int64_t> oldest;  // experiments
  };
  // Costs as much as there are lines, however long they are.
  Waiting waiting_for(const std::string& host, std::size_t most_named) const;

  // Looks again who can be served. To be called when the state of a host has changed.
  Result<void> settle();
  bool local_is_measured() const { return local_ && measuring_.count(*local_) > 0; }
  // What else the lab does on the local machine, for as long as the value is held; see local_quiet().
  std::shared_ptr<const void> local_work() const { return local_work_; }
  bool local_is_worked_on() const { return local_work_.use_count() > 1; }
  std::optional<double> next_change() const { return next_change_; }  // when a reservation ends

 private:
  struct Waiter;
  boost::asio::awaitable<Result<void>> wait(std::shared_ptr<Waiter> waiter, std::stop_token stop);
  void add(const std::shared_ptr<Waiter>& waiter);
  void remove(const Waiter& waiter);
  void hold(const std::string& host, const Lease& lease);
  void let_go(const std::string& host);
  Result<void> look_at_standings();
  Result<void> serve_hosts(Waiter& waiter, std::set<std::string>& open);
  Result<void> grant(Waiter& waiter, const std::vector<std::string>& hosts);
  std::string barred(const std::string& host, const std::string& submitter) const;
  std::string why_not(const Waiter& waiter, const std::string& host) const;
  std::string explain(const Waiter& waiter) const;
  void tell(Waiter& waiter);
  void changed();

  Lab& lab_;
  ProgressBoard& board_;
  boost::asio::any_io_executor executor_;
  std::map<std::string, Lease> held_;
  std::optional<std::int64_t> local_;
  std::shared_ptr<const void> local_work_ = std::make_shared<int>(0);  // shared by those who work there
  std::set<std::int64_t> measuring_;
  std::map<std::int64_t, std::shared_ptr<Waiter>> waiting_;           // by age
  std::set<std::int64_t> local_wanted_;                               // of them, those who wait for the local machine
  std::map<std::string, std::set<std::int64_t>> wanted_;              // those who could have the host
  std::set<std::string> open_;                                        // wanted, and nobody has it
  std::map<std::string, std::int64_t> kept_;                          // open, but for that older one that waits
  std::map<std::string, HostStanding> standings_;
  std::optional<std::uint64_t> standings_read_;                       // HostStore::changes() of that time
  std::optional<double> next_change_;
  std::function<const std::set<std::int64_t>*(std::int64_t)> behind_;
  std::uint64_t version_ = 0;
};

}  // namespace klab
