// SPDX-License-Identifier: GPL-3.0-or-later
#include "schedule/aftermath.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/this_coro.hpp>
#include <cmath>

#include "pipeline/aa_judgement.hpp"
#include "pipeline/report_data.hpp"
#include "util/random.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
namespace {

constexpr double least_floor = 0.02;  // below that no host is too noisy for anything
constexpr std::string_view noise_event = "noise";

bool same_variant(const ArmPlan& a, const ArmPlan& b) {
  const auto range = [](const ArmPlan& arm) { return arm.patches ? std::pair(arm.patches->first, arm.patches->last) : std::pair(0, 0); };
  return a.machine == b.machine && a.tree == b.tree && a.base == b.base && a.series == b.series && range(a) == range(b) &&
         a.kconfig.base == b.kconfig.base && a.command_line == b.command_line &&
         std::equal(a.kconfig.fragments.begin(), a.kconfig.fragments.end(), b.kconfig.fragments.begin(), b.kconfig.fragments.end(),
                    [](const auto& x, const auto& y) { return x.name == y.name && x.text == y.text; });
}

// Boots that failed are missing in the comparison, whose rows know how many there are; those of other reasons than the
// kernel's did not come to an end.
bool came_to_boots(const std::optional<Outcome>& outcome) {
  if (!outcome || *outcome == Outcome::apply_failed || *outcome == Outcome::build_failed) return false;
  return *outcome == Outcome::ok || is_failure(*outcome);
}

std::string size_words(double size, bool is_ratio) { return is_ratio ? fmt::format("{:.1f} %", size * 100.0) : fmt::format("{:.3g}", size); }

}  // namespace

std::optional<std::string> aa_machine(const ExperimentPlan& plan) {
  if (plan.arms.size() != 2 || !same_variant(plan.arms[0], plan.arms[1])) return std::nullopt;
  return plan.arms[0].machine;
}

ExperimentPlan fresh_plan(const ExperimentRecord& record, std::uint64_t seed) {
  auto plan = record.plan;
  plan.seed = seed;
  plan.confirm = plan.profile = false;
  plan.title = fmt::format("confirmation of experiment {}: {}", record.id, record.plan.title);
  for (std::size_t i = 0; i < plan.arms.size(); ++i) {
    if (i < record.arms.size() && !record.arms[i].commit.empty()) plan.arms[i].base = record.arms[i].commit;
    plan.arms[i].machine_request.clear();
  }
  return plan;
}

asio::awaitable<Result<void>> Aftermath::look(std::stop_token stop) {
  for (;;) {
    auto ended = lab_.trends.unseen();
    if (!ended) co_return ended.error();
    if (ended->empty()) co_return Result<void>{};
    for (const auto id : *ended) {
      if (stop.stop_requested()) co_return Result<void>{};
      if (auto taken = take(id); !taken) co_return taken;
      // After an update there may be thousands; everybody else has his turn between two.
      co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    }
  }
}

Result<void> Aftermath::take(std::int64_t id) {
  auto record = lab_.experiments.get(id);
  if (!record) return record.error();
  const bool measured = came_to_boots(record->outcome);
  if (const auto machine = aa_machine(record->plan); measured && machine) {
    // Seen when all has been done about it: cut off between, it is done again, to the same end.
    if (auto kept = keep_noise(*record, *machine); !kept) return kept;
    if (auto judged = judge_host(*machine); !judged) return judged;
  } else if (measured && record->plan.confirm && !record->confirms && !record->confirmed_by) {
    return confirm(*record);
  }
  return lab_.trends.set_seen(id);
}

Result<void> Aftermath::keep_noise(const ExperimentRecord& record, const std::string& machine) {
  auto report = experiment_report(lab_, record);
  if (!report) return report.error();
  std::vector<NoiseSeen> noise;
  std::optional<bool> alarm;
  for (const auto& comparison : report->comparisons)
    for (const auto& row : comparison.rows) {
      // Three boots an arm have a p that can never be small enough; a confounded order has one that means nothing.
      if (row.family_p && row.verdict != Verdict::insufficient_data && row.verdict != Verdict::order_confounded)
        alarm = alarm.value_or(false) || *row.family_p <= 0.05;
      if (!row.effect || row.verdict == Verdict::insufficient_data) continue;
      const double size = std::abs(row.effect->estimate - (row.effect->is_ratio ? 1.0 : 0.0));
      if (std::isfinite(size)) noise.push_back({{row.workload, row.case_name, row.metric.name}, row.effect->is_ratio, size});
    }
  if (auto added = lab_.trends.add_noise(record.id, machine, noise, record.finished.value_or(lab_.now()), alarm); !added) return added;
  const auto standing = lab_.trends.aa_standing();
  if (!standing) return standing.error();
  if (const auto judged = judge_aa(*standing); alarm.value_or(false) && judged.alarming) spdlog::error("A/A runs: {}", judged.words);
  return {};
}

// A host whose floor has passed twice its own history is not what it was. Guests share the computer of klabd, of
// which nobody takes them away: that is only said, once for the same runs.
Result<void> Aftermath::judge_host(const std::string& machine) {
  auto rows = lab_.trends.noise(machine, 2 * newest_aa_runs);
  if (!rows) return rows.error();
  const auto events = lab_.hosts.events(machine, 200);
  if (!events) return events.error();
  double released = 0.0;
  for (const auto& event : *events)
    if (event.kind == "release" && event.text.starts_with("from quarantine")) released = std::max(released, event.time);
  for (const auto& [row, noise] : *rows) {
    if (noise.sizes.size() < 2 * static_cast<std::size_t>(newest_aa_runs)) continue;
    // Somebody has mended it since: what was before is no evidence any more.
    if (noise.times[newest_aa_runs - 1] <= released) continue;
    const auto half = noise.sizes.begin() + newest_aa_runs;
    const auto now = noise_floor({noise.sizes.begin(), half}), before = noise_floor({half, noise.sizes.end()});
    if (!now || !before || now->size <= 2.0 * before->size || (noise.is_ratio && now->size <= least_floor)) continue;
    const auto subject = fmt::format("the noise floor of {} {}, {} is ", row.workload, row.case_name, row.metric);
    const auto reason = fmt::format("{}{} over the newest {} A/A runs, {} over the {} before", subject, size_words(now->size, noise.is_ratio),
                                    now->runs, size_words(before->size, noise.is_ratio), before->runs);
    const auto spec = lab_.config.machines.find(machine);
    if (spec == lab_.config.machines.end() || spec->second.driver != "ipmi") {
      const auto printed = printable(subject);
      const bool said = std::any_of(events->begin(), events->end(), [&](const HostEvent& event) {
        return event.kind == noise_event && event.text.starts_with(printed) && event.time > noise.times[newest_aa_runs - 1];
      });
      if (said) continue;
      spdlog::warn("machine {}: {}", machine, reason);
      if (auto stored = lab_.hosts.add_event(machine, noise_event, reason, lab_.now()); !stored) return stored;
      continue;
    }
    auto put = lab_.hosts.quarantine(machine, reason, "klabd", lab_.now());
    if (!put) return put.error();
    if (*put) spdlog::warn("host {}: quarantined: {}", machine, reason);
    lab_.bell.ring();
    return {};
  }
  return {};
}

Result<void> Aftermath::confirm(const ExperimentRecord& record) {
  auto report = experiment_report(lab_, record);
  if (!report) return report.error();
  const bool wanted = std::any_of(report->comparisons.begin(), report->comparisons.end(), [](const Comparison& comparison) {
    return std::any_of(comparison.rows.begin(), comparison.rows.end(),
                       [&](const ComparisonRow& row) { return wants_confirmation(row, comparison.delta); });
  });
  if (!wanted) return lab_.trends.set_seen(record.id);
  auto id = lab_.trends.confirm(record.id, fresh_plan(record, lab_.seed()), lab_.now());
  if (!id) return id.error();
  spdlog::info("experiment {}: not settled, fresh boots are experiment {}", record.id, *id);
  queue_.notify();
  return {};
}

}  // namespace klab
