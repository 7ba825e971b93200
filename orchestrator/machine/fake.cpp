// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/fake.hpp"

#include <boost/asio/post.hpp>
#include <deque>

namespace klab {
namespace asio = boost::asio;
using asio::awaitable;

FakeBoot& FakeBoot::console(std::string bytes) {
  steps.push_back({Step::Kind::console, std::move(bytes), {}});
  return *this;
}
FakeBoot& FakeBoot::note(std::string text) {
  steps.push_back({Step::Kind::note, std::move(text), {}});
  return *this;
}
FakeBoot& FakeBoot::loading() {
  steps.push_back({Step::Kind::loading, {}, {}});
  return *this;
}
FakeBoot& FakeBoot::cut(bool cut) {
  steps.push_back({cut ? Step::Kind::cut : Step::Kind::uncut, {}, {}});
  return *this;
}
FakeBoot& FakeBoot::loaded() {
  steps.push_back({Step::Kind::loaded, {}, {}});
  return *this;
}
FakeBoot& FakeBoot::results(std::string bytes) {
  steps.push_back({Step::Kind::results, std::move(bytes), {}});
  return *this;
}
FakeBoot& FakeBoot::ends(PowerEnd end, std::string detail) {
  steps.push_back({Step::Kind::end, std::move(detail), end});
  return *this;
}
FakeBoot& FakeBoot::fails_to_start(Error error) {
  start_error = std::move(error);
  return *this;
}

// Held by the posted steps too, so that a machine may be destroyed with steps outstanding.
struct FakeMachine::State : std::enable_shared_from_this<State> {
  State(asio::any_io_executor e, MachineSpec s, std::vector<FakeBoot> b)
      : executor(std::move(e)), spec(std::move(s)), boots(std::move(b)) {}

  void play() {
    asio::post(executor, [self = shared_from_this(), boot = boot_number] {
      if (!self->events || self->boot_number != boot) return;
      if (self->steps.empty()) {
        self->idle = true;
        return;
      }
      const FakeBoot::Step step = std::move(self->steps.front());
      self->steps.pop_front();
      if (step.kind == FakeBoot::Step::Kind::end) {
        std::exchange(self->events, nullptr)->ended(step.end, step.bytes);
        return;
      }
      self->tell(step);
      self->play();
    });
  }

  void tell(const FakeBoot::Step& step) {
    switch (step.kind) {
      case FakeBoot::Step::Kind::console: return events->console(step.bytes);
      case FakeBoot::Step::Kind::results: return events->results(step.bytes);
      case FakeBoot::Step::Kind::note: return events->note(step.bytes);
      case FakeBoot::Step::Kind::loading: return events->loading();
      case FakeBoot::Step::Kind::loaded: return events->loaded();
      case FakeBoot::Step::Kind::cut: return events->results_cut(true);
      case FakeBoot::Step::Kind::uncut: return events->results_cut(false);
      case FakeBoot::Step::Kind::end: return;
    }
  }

  asio::any_io_executor executor;
  MachineSpec spec;
  std::vector<FakeBoot> boots;
  std::deque<FakeBoot::Step> steps;  // of the boot that runs
  BootEvents* events = nullptr;
  int boot_number = 0;
  bool idle = false;
  bool prepared = false;
  bool started_but_not_off = false;
  std::vector<BootSpec> started;
  int prepares = 0, power_offs = 0, nmis = 0;
};

FakeMachine::FakeMachine(asio::any_io_executor executor, MachineSpec spec, std::vector<FakeBoot> boots)
    : state_(std::make_shared<State>(std::move(executor), std::move(spec), std::move(boots))) {}
FakeMachine::~FakeMachine() { state_->events = nullptr; }

const std::vector<BootSpec>& FakeMachine::started() const { return state_->started; }
int FakeMachine::prepares() const { return state_->prepares; }
int FakeMachine::power_offs() const { return state_->power_offs; }
int FakeMachine::nmis() const { return state_->nmis; }
bool FakeMachine::running() const { return state_->events != nullptr; }
const MachineSpec& FakeMachine::spec() const { return state_->spec; }

awaitable<Result<Acceleration>> FakeMachine::prepare(BootSpec) {
  ++state_->prepares;
  if (acceleration) state_->prepared = true;
  co_return acceleration;
}

awaitable<Result<void>> FakeMachine::start(BootSpec boot, BootEvents& events) {
  const auto state = state_;
  if (!state->prepared)
    co_return lab_error("cannot start \"{}\": machine \"{}\" has not been prepared", boot.id,
                        state->spec.name);
  if (state->started_but_not_off)
    co_return lab_error("cannot start \"{}\": machine \"{}\" still has boot \"{}\"; power it off first",
                        boot.id, state->spec.name, state->started.back().id);
  const std::size_t number = state->started.size();
  state->started.push_back(boot);
  if (on_start) on_start(boot);
  FakeBoot plan;
  if (behaviour)
    plan = behaviour(boot);
  else if (!state->boots.empty())
    plan = state->boots[std::min(number, state->boots.size() - 1)];
  if (plan.start_error) co_return *plan.start_error;
  ++state->boot_number;
  state->steps.assign(plan.steps.begin(), plan.steps.end());
  state->events = &events;
  state->idle = false;
  state->started_but_not_off = true;
  state->play();
  co_return Result<void>();
}

awaitable<Result<void>> FakeMachine::power_off() {
  const auto state = state_;
  ++state->power_offs;
  if (BootEvents* events = std::exchange(state->events, nullptr)) {
    if (on_power_off && !power_off_error) on_power_off(state->started.back());
    events->ended(PowerEnd::stopped_by_us, "the power was cut by the lab");
  }
  if (power_off_error) co_return *power_off_error;
  state->started_but_not_off = false;
  co_return Result<void>();
}

awaitable<Result<HostFingerprint>> FakeMachine::fingerprint() { co_return host; }
HostState FakeMachine::host_state() { return state; }

awaitable<Result<void>> FakeMachine::inject_nmi() {
  const auto state = state_;
  if (!state->events)
    co_return lab_error("cannot interrupt machine \"{}\": nothing runs on it", state->spec.name);
  ++state->nmis;
  state->steps.insert(state->steps.end(), after_nmi.steps.begin(), after_nmi.steps.end());
  if (std::exchange(state->idle, false)) state->play();
  co_return Result<void>();
}

awaitable<std::vector<ProbeFinding>> FakeHost::probe() {
  ++probes_;
  co_return findings;
}

awaitable<Result<void>> FakeHost::end_use() {
  ++end_uses_;
  if (on_end_use) on_end_use();
  if (end_use_error) co_return *end_use_error;
  co_return co_await power_off();
}

std::string FakeHost::results_statement(const std::string& boot) { return "results http 127.0.0.1 80 /" + boot; }

}  // namespace klab
