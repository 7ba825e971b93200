// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "machine/machine.hpp"

namespace klab {

// What one boot of a FakeMachine does, step by step, in this order.
struct FakeBoot {
  struct Step {
    enum class Kind { console, results, note, loading, loaded, cut, uncut, end } kind = Kind::console;
    std::string bytes;  // or the detail of the end
    PowerEnd end = PowerEnd::powered_off;
  };
  std::vector<Step> steps;            // without an end the boot lasts until power_off()
  std::optional<Error> start_error;   // start() fails with it, and nothing else happens

  FakeBoot& console(std::string bytes);
  FakeBoot& results(std::string bytes);
  FakeBoot& note(std::string text);
  FakeBoot& loading();
  FakeBoot& loaded();
  FakeBoot& cut(bool cut);
  FakeBoot& ends(PowerEnd end, std::string detail = {});
  FakeBoot& fails_to_start(Error error);
};

// A machine for tests: no process, no clock. Each step is delivered in a handler of its own, posted to the
// executor, so that everything else gets its turn between two steps.
class FakeMachine : public Machine, public Diagnosable {
 public:
  // `boots` are played one after the other; after the last one the last is repeated.
  FakeMachine(boost::asio::any_io_executor executor, MachineSpec spec, std::vector<FakeBoot> boots);
  ~FakeMachine() override;

  // Knobs; to be set before the call they concern.
  std::function<FakeBoot(const BootSpec&)> behaviour;          // when set, decides instead of `boots`
  std::function<void(const BootSpec&)> on_start;               // before the boot's first step
  std::function<void(const BootSpec&)> on_power_off;           // when a power_off() stops a boot that ran
  Result<Acceleration> acceleration = Acceleration::tcg;       // prepare()'s answer
  Result<HostFingerprint> host = HostFingerprint{{{"cpu", "fake"}, {"cpus", "2"}}};
  HostState state;
  std::optional<Error> power_off_error;                        // power_off() fails with it, and the boot is not over
  FakeBoot after_nmi;                                          // steps that inject_nmi() adds to the boot

  // What was seen.
  const std::vector<BootSpec>& started() const;  // boots in the order of their start(), failed ones too
  int prepares() const;
  int power_offs() const;
  int nmis() const;
  bool running() const;  // between a start() and its end

  const MachineSpec& spec() const override;
  boost::asio::awaitable<Result<Acceleration>> prepare(BootSpec probe) override;
  boost::asio::awaitable<Result<void>> start(BootSpec boot, BootEvents& events) override;
  boost::asio::awaitable<Result<void>> power_off() override;
  boost::asio::awaitable<Result<HostFingerprint>> fingerprint() override;
  HostState host_state() override;
  boost::asio::awaitable<Result<void>> inject_nmi() override;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// A host for tests.
class FakeHost : public FakeMachine, public Host {
 public:
  using FakeMachine::FakeMachine;

  // Knobs.
  std::vector<ProbeFinding> findings;
  std::optional<Error> end_use_error;
  std::function<void()> on_end_use;

  int end_uses() const { return end_uses_; }
  int probes() const { return probes_; }

  boost::asio::awaitable<std::vector<ProbeFinding>> probe() override;
  boost::asio::awaitable<Result<void>> end_use() override;
  std::string results_statement(const std::string& boot) override;

 private:
  int end_uses_ = 0;
  int probes_ = 0;
};

}  // namespace klab
