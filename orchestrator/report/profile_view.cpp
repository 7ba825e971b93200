// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/profile_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "report/numbers.hpp"
#include "util/text.hpp"

namespace klab::report {
namespace {

// Samples by function, of one arm.
struct Shares {
  std::map<std::string, std::int64_t> samples;
  std::int64_t busy = 0;

  void add(const CaseProfile& profile) {
    busy += profile.busy();
    if (profile.user > 0) samples["user code"] += profile.user;
    for (const auto& s : profile.symbols)
      samples[s.module.empty() ? s.symbol : fmt::format("{} [{}]", s.symbol, s.module)] += s.samples;
  }
  std::optional<double> share(const std::string& name) const {
    const auto found = samples.find(name);
    if (found == samples.end() || busy <= 0) return std::nullopt;
    return static_cast<double>(found->second) / static_cast<double>(busy);
  }
};

// Of the cases that `wanted` takes.
template <class Wanted>
Shares shares(const ArmProfile& arm, Wanted wanted) {
  Shares out;
  for (const auto& profile : arm.cases)
    if (wanted(profile)) out.add(profile);
  return out;
}

double larger(const ProfileRow& row) { return std::max(row.reference.value_or(0.0), row.patched.value_or(0.0)); }

template <class Wanted>
std::vector<ProfileRow> rows(const ContrastProfile& profile, Wanted wanted, std::size_t most) {
  const Shares reference = shares(profile.reference, wanted), patched = shares(profile.patched, wanted);
  std::set<std::string> names;
  for (const auto* side : {&reference, &patched})
    for (const auto& entry : side->samples) names.insert(entry.first);
  std::vector<ProfileRow> out;
  for (const auto& name : names) out.push_back({name, reference.share(name), patched.share(name)});
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return larger(a) > larger(b); });
  if (out.size() > most) out.resize(most);
  return out;
}

void add_once(std::vector<std::string>& to, const std::string& name) {
  if (std::find(to.begin(), to.end(), name) == to.end()) to.push_back(name);
}

std::string arm_sentence(std::string_view side, const ArmProfile& arm) {
  std::string out = fmt::format("{}: ", side);
  if (!arm.boot.empty()) out += fmt::format("boot {}, ", arm.boot);
  if (arm.cases.empty()) return out + (arm.trouble.empty() ? "it told nothing" : arm.trouble);
  std::int64_t all = 0, busy = 0, lost = 0;
  for (const auto& profile : arm.cases) {
    all += profile.samples;
    busy += profile.busy();
    lost += profile.lost;
  }
  out += fmt::format("{} samples, {} of them not idle", with_thousands(all), with_thousands(busy));
  if (lost > 0) out += fmt::format(", {} more lost", with_thousands(lost));
  if (!arm.trouble.empty()) out += fmt::format("; not whole: {}", arm.trouble);
  return out;
}

std::vector<const CaseProfile*> all_cases(const ContrastProfile& profile) {
  std::vector<const CaseProfile*> out;
  for (const auto* arm : {&profile.reference, &profile.patched})
    for (const auto& entry : arm->cases) out.push_back(&entry);
  return out;
}

}  // namespace

std::vector<ProfileGroup> profile_groups(const ContrastProfile& profile, std::size_t most) {
  std::vector<std::string> workloads;
  for (const auto* entry : all_cases(profile)) add_once(workloads, entry->workload);
  std::vector<ProfileGroup> groups;
  for (const auto& workload : workloads) {
    const auto of_workload = [&](const CaseProfile& p) { return p.workload == workload; };
    ProfileGroup group{workload, rows(profile, of_workload, most), {}};
    std::vector<std::string> cases;
    for (const auto* entry : all_cases(profile))
      if (of_workload(*entry)) add_once(cases, entry->case_name);
    if (cases.size() > 1) {
      for (const auto& name : cases) {
        auto hottest = rows(profile, [&](const CaseProfile& p) { return of_workload(p) && p.case_name == name; }, 1);
        if (!hottest.empty()) group.cases.push_back({name, std::move(hottest.front())});
      }
    }
    groups.push_back(std::move(group));
  }
  return groups;
}

std::string share_text(const std::optional<double>& share) {
  return share ? fmt::format("{:.1f}%", *share * 100.0) : std::string("-");
}

std::vector<std::string> profile_sentences(const ContrastProfile& profile) {
  std::set<std::string> ways;
  for (const auto* entry : all_cases(profile)) ways.insert(fmt::format("{}, {} times a second on each CPU", entry->method, entry->hz));
  std::vector<std::string> out{"One more boot of each arm, not measured: no number and no verdict above rests on it."};
  if (!ways.empty())
    out.push_back(fmt::format("Sampled by {}; shares are of the samples that are not idle.", join({ways.begin(), ways.end()}, " and ")));
  out.push_back(arm_sentence("baseline", profile.reference));
  out.push_back(arm_sentence("patched", profile.patched));
  return out;
}

std::vector<std::string> profile_limits(const ContrastProfile& profile) {
  std::set<std::string> methods;
  for (const auto* arm : {&profile.reference, &profile.patched})
    if (arm->waits)
      for (const auto& entry : arm->cases) methods.insert(entry.method);
  if (all_cases(profile).empty()) return {};
  std::vector<std::string> out;
  if (!methods.empty())
    out.push_back(fmt::format("sampled by {}: an interrupt that waits while interrupts are off, so what runs with them off is "
                      "charged, once, to where they come on again: _raw_spin_unlock_irqrestore, or the function it is inlined in",
                      join({methods.begin(), methods.end()}, " and ")));
  out.push_back("one boot each: a few percent more or less mean nothing; -: not among the 64 hottest functions of any case");
  return out;
}

}  // namespace klab::report
