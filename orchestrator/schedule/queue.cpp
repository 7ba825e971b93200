// SPDX-License-Identifier: GPL-3.0-or-later
#include "schedule/queue.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "pipeline/recovery.hpp"

namespace klab {
namespace asio = boost::asio;

namespace {

// The second is there when the first is served; nobody gains by a third.
constexpr std::size_t most_taken_up = 2;
constexpr std::chrono::milliseconds work_looked_at{200};  // which ends without ringing

}  // namespace

Queue::Queue(Lab& lab, ProgressBoard& board, asio::any_io_executor executor) : Queue(lab, board, executor, Steps{}) {}

Queue::Queue(Lab& lab, ProgressBoard& board, asio::any_io_executor executor, Steps steps)
    : lab_(lab), board_(board), steps_(std::move(steps)), leases_(lab, board, executor), wake_(executor) {
  board_.set_explainer([this](std::int64_t experiment) { return explain(experiment); });
  leases_.set_behind([this](std::int64_t experiment) -> const std::set<std::int64_t>* {
    const auto run = runs_.find(experiment);
    return run == runs_.end() || !run->second.line ? nullptr : &run->second.line->waiting;
  });
}

void Queue::notify() {
  woken_ = true;
  wake_.cancel();
}

void Queue::over(std::exception_ptr thrown, Result<void> result) {
  --tasks_;
  if (thrown && !thrown_) thrown_ = thrown;
  if (!thrown && !result && !failure_) failure_ = result.error();
  notify();
}

// An exception ends klabd, whose next life would begin with the same experiment and the same exception.
void Queue::end_thrown(std::int64_t experiment, std::exception_ptr thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& e) {
    const auto error = lab_error("cannot go on with the experiment: {}; klabd's log has more of it", e.what());
    if (auto ended = finish_experiment(lab_, board_, experiment, {Outcome::lab_error, error}); !ended)
      spdlog::error("{}", ended.error().message);
  } catch (...) {
  }
}

// `experiment`: whose run it is.
void Queue::spawn(Work work, std::optional<std::int64_t> experiment) {
  ++tasks_;
  asio::co_spawn(wake_.get_executor(), std::move(work), [this, experiment](std::exception_ptr thrown, Result<void> result) {
    if (experiment) {
      if (thrown) end_thrown(*experiment, thrown);
      leave_line(*experiment);
      runs_.erase(*experiment);
    }
    over(thrown, thrown ? Result<void>() : std::move(result));
  });
}

Result<void> Queue::take_up() {
  auto in_use = leases_.take_up();
  if (!in_use) return in_use.error();
  if (auto recovered = recover(lab_); !recovered) return recovered;
  // A cancellation that was cut off waits for nothing.
  auto cancelling = lab_.experiments.cancelling();
  if (!cancelling) return cancelling.error();
  for (const auto id : *cancelling)
    if (auto stopped = stop_experiment(lab_, board_, id); !stopped) return stopped;
  for (const auto& host : *in_use) spawn(put_to_rest(host, steps_.patience), std::nullopt);
  return {};
}

Result<void> Queue::begin_new() {
  auto fresh = lab_.experiments.unfinished_after(newest_);
  if (!fresh) return fresh.error();
  std::vector<Line*> longer;  // in the order of what is new in them: who is older comes first everywhere
  for (const auto& [id, words] : *fresh) {
    newest_ = id;
    auto& line = lines_[words];
    if (line.waiting.empty()) longer.push_back(&line);
    line.waiting.insert(id);
    lined_up_[id] = &line;
  }
  std::vector<std::int64_t> next;
  for (auto* line : longer) take_up_of(*line, next);
  begin(next);
  return leases_.settle();
}

void Queue::take_up_of(Line& line, std::vector<std::int64_t>& next) {
  while (!stopping() && line.taken_up.size() < most_taken_up && !line.waiting.empty()) {
    const auto id = *line.waiting.begin();
    line.waiting.erase(line.waiting.begin());
    lined_up_.erase(id);
    line.taken_up.insert(id);
    runs_[id].line = &line;
    next.push_back(id);
  }
}

// A coroutine may run here and now, as far as its end, and with it a line may end: nobody holds one by then.
void Queue::begin(const std::vector<std::int64_t>& experiments) {
  for (const auto id : experiments) spawn(run_one(id, runs_.at(id).stop.get_token()), id);
}

void Queue::begun(std::int64_t experiment) {
  runs_.at(experiment).begun = true;
  leave_line(experiment);
}

// It makes room for the next.
void Queue::leave_line(std::int64_t experiment) {
  const auto run = runs_.find(experiment);
  if (run == runs_.end() || !run->second.line) return;
  auto& line = *std::exchange(run->second.line, nullptr);
  line.taken_up.erase(experiment);
  std::vector<std::int64_t> next;
  take_up_of(line, next);
  if (line.waiting.empty() && line.taken_up.empty())
    std::erase_if(lines_, [&](const auto& entry) { return &entry.second == &line; });
  begin(next);
}

std::string Queue::explain(std::int64_t experiment) {
  const auto found = lined_up_.find(experiment);
  if (found == lined_up_.end()) return leases_.explain(experiment);
  auto& line = *found->second;
  if (line.told.empty() || line.told_at != leases_.version()) {
    line.told_at = leases_.version();
    line.told.clear();
    if (!line.taken_up.empty()) line.told = leases_.explain(*line.taken_up.begin());
  }
  return line.told;
}

asio::awaitable<Result<void>> Queue::run(std::stop_token stop) {
  std::stop_callback wake(stop, [this] { asio::post(wake_.get_executor(), [this] { notify(); }); });
  if (auto taken = take_up(); !taken) failure_ = taken.error();
  while (!stop.stop_requested() && !stopping()) {
    woken_ = false;
    if (auto taken = begin_new(); !taken) {
      failure_ = taken.error();
      break;
    }
    // A reservation ends by the clock on the wall, which may be set; no wait relies on it for long.
    const auto next = leases_.next_change();
    const double seconds = next ? std::clamp(*next - lab_.now(), 0.01, 60.0) : 0.0;
    if (next) wake_.expires_after(std::chrono::milliseconds(static_cast<long>(seconds * 1000.0) + 1));
    else wake_.expires_at(asio::steady_timer::time_point::max());
    if (!woken_) co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  stopping_ = true;
  for (auto& [id, run] : runs_) run.stop.request_stop();
  while (tasks_ > 0) {
    wake_.expires_at(asio::steady_timer::time_point::max());
    co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  if (thrown_) std::rethrow_exception(thrown_);
  if (failure_) co_return *failure_;
  co_return Result<void>{};
}

asio::awaitable<Result<void>> Queue::run_one(std::int64_t id, std::stop_token stop) {
  for (;;) {
    auto places = lab_.experiments.places(id);
    if (!places) co_return places.error();
    if (places->state == ExperimentState::done) co_return Result<void>{};
    auto needs = find_needs(lab_.config, *places);
    if (!needs) co_return finish_experiment(lab_, board_, id, needs.error());
    auto taken = co_await leases_.take_hosts(id, *needs, stop);
    if (!taken && taken.error().kind != ErrorKind::stopped) co_return taken;
    if (!taken) co_return stop_experiment(lab_, board_, id);
    if (!needs->hosts.empty()) begun(id);
    auto failed = co_await use(id, *needs, stop);
    if (!failed) co_return failed.error();
    bool again = false;
    if (*failed) {
      auto elsewhere = goes_elsewhere(id, *needs, **failed);
      if (!elsewhere) co_return elsewhere.error();
      again = *elsewhere;
    }
    if (auto given = give_back(id); !given || !again) co_return given;
    runs_.at(id).begun = false;  // it waits again, perhaps for long
  }
}

// Builds and measures with the hosts that it has. A value is the failure of one of them.
asio::awaitable<Result<std::optional<Setback>>> Queue::use(std::int64_t id, Needs needs, std::stop_token stop) {
  auto local = co_await leases_.take_local(id, stop);
  if (!local) {
    if (local.error().kind != ErrorKind::stopped) co_return local.error();
    if (auto stopped = stop_experiment(lab_, board_, id); !stopped) co_return stopped.error();
    co_return std::optional<Setback>();
  }
  begun(id);
  auto built = co_await steps_.build(lab_, board_, id, stop);
  if (!built) co_return built.error();
  if (!*built) co_return std::optional<Setback>();
  if (!needs.guests)
    if (auto given = leases_.give_back_local(id); !given) co_return given.error();
  if (auto noted = leases_.measuring(id); !noted) co_return noted.error();
  // Nothing else is begun on the local machine from now on; what has begun is waited for.
  while (needs.guests && leases_.local_is_worked_on() && !stop.stop_requested()) {
    const auto heard = lab_.bell.rings();
    co_await lab_.bell.wait(heard, work_looked_at, stop);
  }
  auto ready = std::move(**built);
  co_return co_await steps_.measure(lab_, board_, std::move(ready), stop);
}

// Whether an experiment whose host has failed takes another one; if not, it is finished.
Result<bool> Queue::goes_elsewhere(std::int64_t id, const Needs& needs, const Setback& failure) {
  const auto& host = failure.machine;
  auto put = lab_.hosts.quarantine(host, failure.error.message, "klabd", lab_.now());
  if (!put) return put.error();
  spdlog::warn("host {}: quarantined: {}", host, failure.error.message);
  lab_.bell.ring();
  auto places = lab_.experiments.places(id);
  if (!places) return places.error();
  for (const auto& place : places->places) {
    if (place.machine != host || place.request.empty() || place.measured) continue;
    const auto need = std::find_if(needs.hosts.begin(), needs.hosts.end(), [&](const HostNeed& n) { return n.request == place.request; });
    if (need == needs.hosts.end() || need->candidates.size() < 2) continue;
    const auto text = fmt::format("host {} failed and is quarantined ({}); another one with {} is taken", host, failure.error.message, place.request);
    if (auto undone = lab_.experiments.assign_machine(id, place.request, place.request); !undone) return undone.error();
    if (auto said = lab_.experiments.set_message(id, text); !said) return said.error();
    if (auto said = lab_.hosts.add_event(host, "moved", fmt::format("experiment {} takes another host", id), lab_.now()); !said)
      return said.error();
    spdlog::warn("experiment {}: {}", id, text);
    return true;
  }
  Setback end = failure;
  end.error.message = fmt::format("host {} failed and is quarantined: {}; klab host release {} when it is mended", host,
                                  failure.error.message, host);
  if (auto finished = finish_experiment(lab_, board_, id, end); !finished) return finished.error();
  return false;
}

// Hosts that were booted are put to rest first; where the daemon ends, by the next one.
Result<void> Queue::give_back(std::int64_t id) {
  const bool used = leases_.is_measuring(id);
  leases_.ended(id);
  for (const auto& host : leases_.hosts_of(id)) {
    auto given = used ? leases_.end_use(host) : leases_.give_back(host);
    if (!given) return given;
    if (used && !stopping()) spawn(put_to_rest(host, 0.0), std::nullopt);
  }
  return leases_.give_back_local(id);
}

asio::awaitable<Result<void>> Queue::put_to_rest(std::string name, double patience) {
  const auto machine = lab_.machines.find(name);
  auto* host = machine == lab_.machines.end() ? nullptr : dynamic_cast<Host*>(machine->second.get());
  if (host) {
    const double until = lab_.now() + patience;
    auto ended = co_await host->end_use();
    asio::steady_timer timer(wake_.get_executor());
    for (bool said = false; !ended && !stopping() && lab_.now() < until; ended = co_await host->end_use()) {
      if (!std::exchange(said, true)) spdlog::warn("host {}: it is tried again for a while: {}", name, ended.error().message);
      const auto next = std::chrono::steady_clock::now() + steps_.pause;
      while (!stopping() && std::chrono::steady_clock::now() < next) {
        timer.expires_after(std::min<std::chrono::milliseconds>(steps_.pause, std::chrono::seconds(1)));
        co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
      }
    }
    // It keeps its lease, and the next daemon tries.
    if (!ended && patience > 0.0 && stopping()) co_return Result<void>{};
    if (!ended) {
      spdlog::warn("host {}: quarantined: {}", name, ended.error().message);
      auto put = lab_.hosts.quarantine(name, ended.error().message, "klabd", lab_.now());
      if (!put) co_return put.error();
      lab_.bell.ring();
    }
  }
  co_return leases_.give_back(name);
}

asio::awaitable<Result<HostProbe>> Queue::probe(std::string name) {
  const auto machine = lab_.machines.find(name);
  auto* host = machine == lab_.machines.end() ? nullptr : dynamic_cast<Host*>(machine->second.get());
  if (!host) co_return input_error("cannot probe \"{}\": it is no host", name);
  if (stopping()) co_return lab_error("cannot probe \"{}\": klabd is ending", name);
  if (auto taken = leases_.take_now(name); !taken) co_return taken.error();
  ++tasks_;
  HostProbe probe;
  try {
    probe.findings = co_await host->probe();
  } catch (...) {
    auto given = leases_.give_back(name);
    over(nullptr, std::move(given));
    throw;
  }
  probe.time = lab_.now();
  auto stored = lab_.hosts.set_probe(name, probe);
  auto given = leases_.give_back(name);
  over(nullptr, stored ? given : stored);
  if (!stored) co_return stored.error();
  co_return probe;
}

bool Queue::has_begun(std::int64_t experiment) const {
  const auto run = runs_.find(experiment);
  return run != runs_.end() && run->second.begun;
}

Result<void> Queue::cancel(std::int64_t experiment) {
  auto record = lab_.experiments.get(experiment);
  if (!record) return record.error();
  if (record->state == ExperimentState::done)
    return input_error("cannot cancel experiment {}: it is done ({})", experiment, name(*record->outcome));
  auto stored = lab_.experiments.request_cancel(experiment);
  if (!stored) return stored;
  const auto run = runs_.find(experiment);
  if (run == runs_.end() || !run->second.begun) {
    // Nobody has to be asked; who waits for a host or the local machine does so no longer.
    auto finished = finish_experiment(lab_, board_, experiment, {Outcome::cancelled, make_error(ErrorKind::stopped, "cancelled on request")});
    if (!finished) return finished;
  }
  if (run != runs_.end()) run->second.stop.request_stop();
  if (const auto lined_up = lined_up_.find(experiment); lined_up != lined_up_.end()) {
    lined_up->second->waiting.erase(experiment);
    lined_up_.erase(lined_up);
  }
  return {};
}

}  // namespace klab
