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

// One experiment and what it waits for: its hosts, or the local machine.
struct Leases::Waiter {
  Waiter(std::int64_t e, Needs n, bool l, const asio::any_io_executor& executor)
      : experiment(e), needs(std::move(n)), local(l), wake(executor) {}
  std::int64_t experiment;
  Needs needs;
  bool local;
  bool served = false;
  std::string told;
  asio::steady_timer wake;
};

// The hosts as one round of serving sees them.
struct Leases::View {
  std::map<std::string, HostStanding> standings;
  std::map<std::string, std::int64_t> kept;  // free hosts, for an older one that waits
  std::optional<std::int64_t> local_kept;

  // Why no experiment of this person can have it, however long it waits for others.
  std::string barred(const std::string& host, const std::string& submitter) const {
    const auto found = standings.find(host);
    if (found == standings.end()) return {};
    if (found->second.quarantine) return fmt::format("quarantined ({})", found->second.quarantine->reason);
    const auto& reservation = found->second.reservation;
    if (reservation && reservation->person != submitter)
      return fmt::format("reserved for {} until {}", reservation->person, local_time(reservation->until));
    return {};
  }
};

Leases::Leases(Lab& lab, ProgressBoard& board, asio::any_io_executor executor)
    : lab_(lab), board_(board), executor_(std::move(executor)) {}

Result<std::vector<std::string>> Leases::take_up() {
  if (auto done = lab_.hosts.take_up_leases(); !done) return done.error();
  auto left = lab_.hosts.leases();
  if (!left) return left.error();
  std::vector<std::string> hosts;
  for (const auto& [host, lease] : *left) {
    held_[host] = lease;
    hosts.push_back(host);
  }
  return hosts;
}

asio::awaitable<Result<void>> Leases::wait(std::shared_ptr<Waiter> waiter, std::stop_token stop) {
  std::stop_callback on_stop(stop, [waiter, executor = executor_] { asio::post(executor, [waiter] { waiter->wake.cancel(); }); });
  waiting_[waiter->experiment] = waiter;
  auto settled = settle();
  while (settled && !waiter->served && !stop.stop_requested()) {
    waiter->wake.expires_at(asio::steady_timer::time_point::max());
    co_await waiter->wake.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  waiting_.erase(waiter->experiment);
  if (!settled) co_return settled.error();
  if (waiter->served) co_return Result<void>{};
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
  return settle();  // for those who are told whom they wait for
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
  return settle();
}

Result<void> Leases::give_back(const std::string& host) {
  if (auto stored = lab_.hosts.end_lease(host); !stored) return stored;
  held_.erase(host);
  return settle();
}

Result<void> Leases::take_now(const std::string& host) {
  if (const auto held = held_.find(host); held != held_.end())
    return lab_error("cannot take \"{}\": it is {}; try again when that is over", host, holder(held->second));
  const Lease lease{std::nullopt, LeasePurpose::probe, lab_.now()};
  if (auto stored = lab_.hosts.lease({host}, lease); !stored) return stored;
  held_[host] = lease;
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

std::vector<std::int64_t> Leases::waiting_for(const std::string& host) const {
  std::vector<std::int64_t> ids;
  for (const auto& [id, waiter] : waiting_)
    if (!waiter->served && std::any_of(waiter->needs.hosts.begin(), waiter->needs.hosts.end(), [&](const HostNeed& need) {
          return std::find(need.candidates.begin(), need.candidates.end(), host) != need.candidates.end();
        }))
      ids.push_back(id);
  return ids;
}

void Leases::tell(Waiter& waiter, std::string what) {
  if (what == waiter.told) return;
  waiter.told = what;
  Progress progress;
  progress.step = std::move(what);
  progress.waiting = !progress.step.empty();
  board_.set(waiter.experiment, std::move(progress));
}

Result<void> Leases::settle() {
  if (auto ended = lab_.hosts.end_reservations(lab_.now()); !ended) return ended.error();
  auto standings = lab_.hosts.standings();
  if (!standings) return standings.error();
  View view{std::move(*standings), {}, {}};
  next_change_.reset();
  for (const auto& [host, standing] : view.standings)
    if (standing.reservation) next_change_ = std::min(next_change_.value_or(standing.reservation->until), standing.reservation->until);
  for (auto& [id, waiter] : waiting_) {
    if (waiter->served) continue;
    if (waiter->local) {
      serve_local(*waiter, view);
    } else if (auto served = serve_hosts(*waiter, view); !served) {
      return served;
    }
  }
  return {};
}

void Leases::serve_local(Waiter& waiter, View& view) {
  if (!local_ && !view.local_kept) {
    local_ = waiter.experiment;
    waiter.served = true;
    tell(waiter, "");
    waiter.wake.cancel();
    return;
  }
  view.local_kept = view.local_kept.value_or(waiter.experiment);
  if (local_) tell(waiter, fmt::format("waiting for the local machine: {} experiment {}", measuring_.count(*local_) ? "measuring" : "building", *local_));
}

Result<void> Leases::grant(Waiter& waiter, const std::vector<std::string>& hosts) {
  const Lease lease{waiter.experiment, LeasePurpose::experiment, lab_.now()};
  if (auto stored = lab_.hosts.lease(hosts, lease); !stored) return stored;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    held_[hosts[i]] = lease;
    const auto& need = waiter.needs.hosts[i];
    if (!need.selected) continue;
    if (auto stored = lab_.experiments.assign_machine(waiter.experiment, need.request, hosts[i]); !stored) return stored;
  }
  waiter.served = true;
  tell(waiter, "");
  waiter.wake.cancel();
  return {};
}

Result<void> Leases::serve_hosts(Waiter& waiter, View& view) {
  std::vector<std::vector<std::string>> free;
  std::vector<std::string> reasons;
  bool a_person_must_act = false;
  for (const auto& need : waiter.needs.hosts) {
    auto& candidates = free.emplace_back();
    std::vector<std::string> told;
    bool all_barred = true;
    for (const auto& host : need.candidates) {
      auto why = view.barred(host, waiter.needs.submitter);
      all_barred = all_barred && !why.empty();
      if (const auto held = held_.find(host); why.empty() && held != held_.end()) why = holder(held->second);
      if (const auto kept = view.kept.find(host); why.empty() && kept != view.kept.end())
        why = fmt::format("experiment {} is before it", kept->second);
      if (why.empty()) candidates.push_back(host);
      else told.push_back(need.candidates.size() > 1 || need.selected ? host + " " + why : why);
    }
    a_person_must_act = a_person_must_act || all_barred;
    if (candidates.empty()) reasons.push_back(need.request + ": " + join(told, ", "));
  }
  if (const auto chosen = choose_hosts(free)) return grant(waiter, *chosen);
  // Several wishes may have to share out what is free, and it is too little.
  if (reasons.empty()) {
    std::vector<std::string> requests;
    for (const auto& need : waiter.needs.hosts) requests.push_back(need.request);
    reasons.push_back(join(requests, " and ") + ": not enough of them are free");
  }
  if (!a_person_must_act)
    for (const auto& candidates : free)
      for (const auto& host : candidates)
        if (view.kept.emplace(host, waiter.experiment).second) break;
  tell(waiter, "waiting for " + join(reasons, "; "));
  return {};
}

}  // namespace klab
