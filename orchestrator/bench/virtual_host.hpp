// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <queue>

#include "machine/machine.hpp"

namespace klab::bench {

// The clock of a laboratory whose boots take no time: it moves on to the next event when nobody has anything to do.
class VirtualTime {
 public:
  double now() const { return now_; }
  void at(double time, std::function<void()> event) { events_.push({time, sequence_++, std::move(event)}); }
  bool is_over() const { return events_.empty(); }
  void advance() {
    auto next = events_.top();
    events_.pop();
    now_ = next.time;
    next.event();
  }

 private:
  struct Event {
    double time;
    std::uint64_t sequence;
    std::function<void()> event;
    bool operator<(const Event& other) const { return std::tie(other.time, other.sequence) < std::tie(time, sequence); }
  };
  std::priority_queue<Event> events_;
  double now_ = 1.8e9;
  std::uint64_t sequence_ = 0;
};

// What all hosts of a run have done.
struct Tally {
  int running = 0;
  std::uint64_t boots = 0;
  double busy = 0.0;  // seconds of boots, of virtual time
};

// A host whose boots last as long as it is told, say what it is told, and cost nothing.
class VirtualHost : public Machine, public Host {
 public:
  VirtualHost(boost::asio::any_io_executor executor, VirtualTime& time, Tally& tally, MachineSpec spec,
              std::function<std::string(const MachineSpec&)> results, std::function<double()> seconds)
      : executor_(std::move(executor)), time_(time), tally_(tally), spec_(std::move(spec)), results_(std::move(results)), seconds_(std::move(seconds)) {}

  const MachineSpec& spec() const override { return spec_; }
  boost::asio::awaitable<Result<Acceleration>> prepare(BootSpec) override { co_return Acceleration::simulated_host; }
  boost::asio::awaitable<Result<void>> start(BootSpec, BootEvents& events) override {
    const double seconds = seconds_();
    const auto number = ++boot_;
    ++tally_.running;
    time_.at(time_.now() + seconds, [this, &events, number, seconds] {
      if (number != boot_) return;
      --tally_.running;
      ++tally_.boots;
      tally_.busy += seconds;
      boost::asio::post(executor_, [this, &events] {
        events.console("[    0.000000] Linux version 9.9 (klab@klab)\nklab: init\nklab: runner start\n");
        events.results(results_(spec_));
        events.ended(PowerEnd::powered_off, {});
      });
    });
    co_return Result<void>{};
  }
  boost::asio::awaitable<Result<void>> power_off() override { co_return Result<void>{}; }
  boost::asio::awaitable<Result<HostFingerprint>> fingerprint() override { co_return HostFingerprint{{{"cpu", "virtual"}, {"cpus", "2"}}}; }
  HostState host_state() override { return {}; }
  boost::asio::awaitable<std::vector<ProbeFinding>> probe() override { co_return std::vector<ProbeFinding>{}; }
  boost::asio::awaitable<Result<void>> end_use() override { co_return Result<void>{}; }
  std::string results_statement(const std::string&) override { return {}; }

 private:
  boost::asio::any_io_executor executor_;
  VirtualTime& time_;
  Tally& tally_;
  MachineSpec spec_;
  std::function<std::string(const MachineSpec&)> results_;
  std::function<double()> seconds_;
  std::uint64_t boot_ = 0;
};

}  // namespace klab::bench
