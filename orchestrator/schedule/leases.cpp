// SPDX-License-Identifier: GPL-3.0-or-later
#include "schedule/leases.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "pipeline/host_choice.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;

namespace {

constexpr std::size_t most_told = 4;  // of the hosts of a pool that are not free

}  // namespace

// One experiment and what it waits for: its hosts, or the local machine.
struct Leases::Waiter {
  Waiter(std::int64_t e, Needs n, bool l, const asio::any_io_executor& executor)
      : experiment(e), needs(std::move(n)), local(l), wake(executor) {}
  std::int64_t experiment;
  Needs needs;
  bool local;
  bool served = false;
  std::string told;  // to those who watch
  asio::steady_timer wake;
};

Leases::Leases(Lab& lab, ProgressBoard& board, asio::any_io_executor executor)
    : lab_(lab), board_(board), executor_(std::move(executor)) {
  board_.set_explainer([this](std::int64_t experiment) { return explain(experiment); });
}

void Leases::hold(const std::string& host, const Lease& lease) {
  held_[host] = lease;
  open_.erase(host);
  kept_.erase(host);
}

void Leases::let_go(const std::string& host) {
  held_.erase(host);
  if (wanted_.count(host)) open_.insert(host);
}

void Leases::add(const std::shared_ptr<Waiter>& waiter) {
  waiting_[waiter->experiment] = waiter;
  if (waiter->local) local_wanted_.insert(waiter->experiment);
  for (const auto& need : waiter->needs.hosts)
    for (const auto& host : need.candidates) {
      wanted_[host].insert(waiter->experiment);
      if (!held_.count(host)) open_.insert(host);
    }
}

void Leases::remove(const Waiter& waiter) {
  waiting_.erase(waiter.experiment);
  local_wanted_.erase(waiter.experiment);
  for (const auto& need : waiter.needs.hosts)
    for (const auto& host : need.candidates) {
      const auto found = wanted_.find(host);
      if (found == wanted_.end()) continue;
      found->second.erase(waiter.experiment);
      if (!found->second.empty()) continue;
      wanted_.erase(found);
      open_.erase(host);
    }
}

Result<std::vector<std::string>> Leases::take_up() {
  if (auto done = lab_.hosts.take_up_leases(); !done) return done.error();
  auto left = lab_.hosts.leases();
  if (!left) return left.error();
  std::vector<std::string> hosts;
  for (const auto& [host, lease] : *left) {
    hold(host, lease);
    hosts.push_back(host);
  }
  return hosts;
}

asio::awaitable<Result<void>> Leases::wait(std::shared_ptr<Waiter> waiter, std::stop_token stop) {
  std::stop_callback on_stop(stop, [waiter, executor = executor_] { asio::post(executor, [waiter] { waiter->wake.cancel(); }); });
  add(waiter);
  auto settled = settle();
  if (settled && !waiter->served) tell(*waiter);
  while (settled && !waiter->served && !stop.stop_requested()) {
    waiter->wake.expires_at(asio::steady_timer::time_point::max());
    co_await waiter->wake.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  if (waiter->served) co_return Result<void>{};
  tell(*waiter);  // what it waited for at last
  remove(*waiter);
  if (!settled) co_return settled.error();
  // What was kept for it is there for others.
  if (auto again = settle(); !again) co_return again.error();
  co_return make_error(ErrorKind::stopped, "stopped");
}

asio::awaitable<Result<void>> Leases::take_hosts(std::int64_t experiment, Needs needs, std::stop_token stop) {
  if (needs.hosts.empty()) co_return Result<void>{};
  auto waiter = std::make_shared<Waiter>(experiment, std::move(needs), false, executor_);
  co_return co_await wait(std::move(waiter), stop);
}

asio::awaitable<Result<void>> Leases::take_local(std::int64_t experiment, std::stop_token stop) {
  if (local_ == experiment) co_return Result<void>{};
  auto waiter = std::make_shared<Waiter>(experiment, Needs{}, true, executor_);
  co_return co_await wait(std::move(waiter), stop);
}

Result<void> Leases::measuring(std::int64_t experiment) {
  measuring_.insert(experiment);
  changed();  // for those who are told whom they wait for
  return {};
}

void Leases::ended(std::int64_t experiment) { measuring_.erase(experiment); }

Result<void> Leases::give_back_local(std::int64_t experiment) {
  if (local_ != experiment) return {};
  local_.reset();
  return settle();
}

std::vector<std::string> Leases::hosts_of(std::int64_t experiment) const {
  std::vector<std::string> hosts;
  for (const auto& [host, lease] : held_)
    if (lease.experiment == experiment) hosts.push_back(host);
  return hosts;
}

Result<void> Leases::end_use(const std::string& host) {
  if (auto stored = lab_.hosts.set_end_of_use(host); !stored) return stored;
  auto& lease = held_.at(host);
  lease.experiment.reset();
  lease.purpose = LeasePurpose::end_of_use;
  changed();
  return {};
}

Result<void> Leases::give_back(const std::string& host) {
  if (auto stored = lab_.hosts.end_lease(host); !stored) return stored;
  let_go(host);
  return settle();
}

Result<void> Leases::take_now(const std::string& host) {
  if (const auto held = held_.find(host); held != held_.end())
    return lab_error("cannot take \"{}\": it is {}; try again when that is over", host, holder(held->second));
  const Lease lease{std::nullopt, LeasePurpose::probe, lab_.now()};
  if (auto stored = lab_.hosts.lease({host}, lease); !stored) return stored;
  hold(host, lease);
  changed();
  return {};
}

std::optional<Lease> Leases::lease(const std::string& host) const {
  const auto held = held_.find(host);
  return held == held_.end() ? std::nullopt : std::optional<Lease>(held->second);
}

std::string Leases::holder(const Lease& lease) const {
  if (lease.purpose == LeasePurpose::probe) return "being probed";
  if (!lease.experiment) return "being put to rest after use";
  return fmt::format("{} experiment {}", measuring_.count(*lease.experiment) ? "measuring" : "kept for", *lease.experiment);
}

Leases::Waiting Leases::waiting_for(const std::string& host, std::size_t most_named) const {
  Waiting waiting;
  const auto found = wanted_.find(host);
  if (found == wanted_.end()) return waiting;
  std::set<const std::set<std::int64_t>*> lines{&found->second};
  if (behind_)
    for (const auto id : found->second)
      if (const auto* line = behind_(id)) lines.insert(line);
  for (const auto* line : lines) {
    waiting.number += line->size();
    auto left = most_named;
    for (auto id = line->begin(); id != line->end() && left > 0; ++id, --left) waiting.oldest.push_back(*id);
  }
  std::sort(waiting.oldest.begin(), waiting.oldest.end());
  if (waiting.oldest.size() > most_named) waiting.oldest.resize(most_named);
  return waiting;
}

Result<void> Leases::look_at_standings() {
  const double now = lab_.now();
  if (standings_read_ == lab_.hosts.changes() && !(next_change_ && now >= *next_change_)) return {};
  if (auto ended = lab_.hosts.end_reservations(now); !ended) return ended.error();
  const auto changes = lab_.hosts.changes();
  auto standings = lab_.hosts.standings();
  if (!standings) return standings.error();
  standings_ = std::move(*standings);
  standings_read_ = changes;
  next_change_.reset();
  for (const auto& [host, standing] : standings_)
    if (standing.reservation) next_change_ = std::min(next_change_.value_or(standing.reservation->until), standing.reservation->until);
  return {};
}

// As if everybody who waits were looked at, oldest first; but only those are who could have a host that is free.
Result<void> Leases::settle() {
  if (auto looked = look_at_standings(); !looked) return looked;
  if (!local_ && !local_wanted_.empty()) {
    const auto waiter = waiting_.at(*local_wanted_.begin());
    local_ = waiter->experiment;
    waiter->served = true;
    remove(*waiter);
    board_.set(waiter->experiment, {});
    waiter->wake.cancel();
  }
  kept_.clear();
  std::set<std::string> open = open_;
  std::set<std::pair<std::int64_t, std::string>> heads;  // of each free host the oldest who has not been looked at
  const auto look_on = [&](const std::string& host, std::int64_t after) {
    const auto found = wanted_.find(host);
    if (found == wanted_.end()) return;
    if (const auto next = found->second.upper_bound(after); next != found->second.end()) heads.insert({*next, host});
  };
  for (const auto& host : open)
    if (const auto standing = standings_.find(host); standing == standings_.end() || !standing->second.quarantine) look_on(host, 0);
  std::int64_t latest = 0;
  while (!heads.empty()) {
    const auto [id, host] = *heads.begin();
    heads.erase(heads.begin());
    if (!open.count(host)) continue;
    if (id != latest) {
      latest = id;
      const auto waiter = waiting_.at(id);
      if (auto served = serve_hosts(*waiter, open); !served) return served;
    }
    if (open.count(host)) look_on(host, id);
  }
  changed();
  return {};
}

// `open`: what is free and kept for nobody older; what it takes or keeps is so no longer.
Result<void> Leases::serve_hosts(Waiter& waiter, std::set<std::string>& open) {
  std::vector<std::vector<std::string>> free;
  bool a_person_must_act = false;
  for (const auto& need : waiter.needs.hosts) {
    auto& candidates = free.emplace_back();
    bool all_barred = true;
    for (const auto& host : need.candidates) {
      const bool is_barred = !standings_.empty() && !barred(host, waiter.needs.submitter).empty();
      all_barred = all_barred && is_barred;
      if (!is_barred && open.count(host)) candidates.push_back(host);
    }
    a_person_must_act = a_person_must_act || all_barred;
  }
  if (const auto chosen = choose_hosts(free)) {
    for (const auto& host : *chosen) open.erase(host);
    return grant(waiter, *chosen);
  }
  if (a_person_must_act) return {};
  for (const auto& candidates : free)
    for (const auto& host : candidates)
      if (kept_.emplace(host, waiter.experiment).second) {
        open.erase(host);
        break;
      }
  return {};
}

Result<void> Leases::grant(Waiter& waiter, const std::vector<std::string>& hosts) {
  const Lease lease{waiter.experiment, LeasePurpose::experiment, lab_.now()};
  if (auto stored = lab_.hosts.lease(hosts, lease); !stored) return stored;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    hold(hosts[i], lease);
    const auto& need = waiter.needs.hosts[i];
    if (!need.selected) continue;
    if (auto stored = lab_.experiments.assign_machine(waiter.experiment, need.request, hosts[i]); !stored) return stored;
  }
  waiter.served = true;
  remove(waiter);
  board_.set(waiter.experiment, {});
  waiter.wake.cancel();
  return {};
}

// Why no experiment of this person can have it, however long it waits for others.
std::string Leases::barred(const std::string& host, const std::string& submitter) const {
  const auto found = standings_.find(host);
  if (found == standings_.end()) return {};
  if (found->second.quarantine) return fmt::format("quarantined ({})", found->second.quarantine->reason);
  const auto& reservation = found->second.reservation;
  if (reservation && reservation->person != submitter)
    return fmt::format("reserved for {} until {}", reservation->person, local_time(reservation->until));
  return {};
}

std::string Leases::why_not(const Waiter& waiter, const std::string& host) const {
  if (auto why = barred(host, waiter.needs.submitter); !why.empty()) return why;
  if (const auto held = held_.find(host); held != held_.end()) return holder(held->second);
  if (const auto kept = kept_.find(host); kept != kept_.end() && kept->second < waiter.experiment)
    return fmt::format("experiment {} is before it", kept->second);
  return {};
}

std::string Leases::explain(std::int64_t experiment) const {
  const auto found = waiting_.find(experiment);
  return found == waiting_.end() ? std::string() : explain(*found->second);
}

std::string Leases::explain(const Waiter& waiter) const {
  if (waiter.local)
    return local_ ? fmt::format("waiting for the local machine: {} experiment {}", measuring_.count(*local_) ? "measuring" : "building", *local_)
                  : std::string("waiting for the local machine");
  std::vector<std::string> reasons, requests;
  for (const auto& need : waiter.needs.hosts) {
    requests.push_back(need.request);
    std::vector<std::string> told;
    bool one_is_free = false;
    for (const auto& host : need.candidates) {
      const auto why = why_not(waiter, host);
      if ((one_is_free = why.empty())) break;
      if (told.size() < most_told) told.push_back(need.candidates.size() > 1 || need.selected ? host + " " + why : why);
    }
    if (one_is_free) continue;
    if (need.candidates.size() > told.size()) told.push_back(fmt::format("and {} more", need.candidates.size() - told.size()));
    reasons.push_back(need.request + ": " + join(told, ", "));
  }
  // Several wishes may have to share out what is free, and it is too little.
  if (reasons.empty()) reasons.push_back(join(requests, " and ") + ": not enough of them are free");
  return "waiting for " + join(reasons, "; ");
}

// Those who watch somebody wait are told when the reason is another.
void Leases::changed() {
  ++version_;
  for (const auto id : board_.watched()) {
    const auto found = waiting_.find(id);
    if (found == waiting_.end()) continue;
    if (explain(*found->second) != found->second->told) tell(*found->second);
  }
}

void Leases::tell(Waiter& waiter) {
  Progress progress;
  progress.step = waiter.told = explain(waiter);
  progress.waiting = true;
  board_.set(waiter.experiment, std::move(progress));
}

}  // namespace klab
