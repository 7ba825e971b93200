// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/fact_lines.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "util/text.hpp"

namespace klab {
namespace {

using Place = std::pair<std::string, std::string>;  // arm, case
using Said = std::map<Place, std::vector<std::string>>;  // distinct texts, as first met

// One text for a place, whatever its passes said.
std::string summed_up(const std::vector<std::string>& texts) {
  return texts.size() == 1 ? texts.front() : fmt::format("{} different ones, such as: {}", texts.size(), texts.front());
}

template <class Range>
std::string joined(const Range& range) {
  return join(std::vector<std::string>(range.begin(), range.end()), ", ");
}

// "", where every arm and case said it; else the arms, and the cases where only some did.
std::string where(const std::vector<Place>& places, const std::vector<std::string>& arms, const Said& all) {
  std::vector<std::string> out;
  std::map<std::string, std::vector<std::string>> cases;
  for (const auto& [arm, case_name] : places) cases[arm].push_back(case_name);
  bool whole = true;
  std::vector<std::pair<std::vector<std::string>, std::vector<std::string>>> groups;  // cases, arms
  for (const auto& arm : arms) {
    const auto spoken = static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](const auto& entry) { return entry.first.first == arm; }));
    if (spoken == 0) continue;
    const auto found = cases.find(arm);
    if (found == cases.end() || found->second.size() != spoken) whole = false;
    if (found == cases.end()) continue;
    auto here = found->second.size() == spoken ? std::vector<std::string>{} : found->second;
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.first == here; });
    if (same == groups.end()) groups.push_back({std::move(here), {arm}});
    else same->second.push_back(arm);
  }
  if (whole) return {};
  for (const auto& [some, of] : groups) out.push_back(joined(of) + (some.empty() ? "" : ": " + joined(some)));
  return join(out, "; ");
}

}  // namespace

Result<std::vector<FactLine>> fact_lines(BootStore& store, const ExperimentRecord& record, const std::vector<BootRecord>& boots) {
  std::map<std::pair<std::string, std::string>, Said> said;  // by workload and name
  std::vector<std::string> arms;
  const auto speaks = [](const WorkloadPlan& w) { return std::any_of(w.facts.begin(), w.facts.end(), [](const auto& f) { return f.shown; }); };
  if (std::none_of(record.plan.workloads.begin(), record.plan.workloads.end(), speaks)) return std::vector<FactLine>{};
  auto facts = store.facts_said(record.id);
  if (!facts) return facts.error();
  for (std::size_t i = 0; i < record.arms.size(); ++i) {
    arms.push_back(record.plan.arms[i].label);
    for (const auto& boot : boots) {
      if (boot.arm != record.arms[i].id || boot.outcome != Outcome::ok) continue;
      for (const auto& fact : (*facts)[boot.id]) {
        auto& texts = said[{fact.workload, fact.name}][{arms.back(), fact.case_name}];
        if (std::find(texts.begin(), texts.end(), fact.text) == texts.end()) texts.push_back(fact.text);
      }
    }
  }
  std::vector<FactLine> lines;
  for (const auto& workload : record.plan.workloads)
    for (const auto& definition : workload.facts) {
      const auto found = said.find({workload.name, definition.name});
      if (!definition.shown || found == said.end()) continue;
      std::vector<std::pair<std::string, std::vector<Place>>> by_text;
      for (const auto& [place, texts] : found->second) {
        const auto text = summed_up(texts);
        const auto same = std::find_if(by_text.begin(), by_text.end(), [&](const auto& entry) { return entry.first == text; });
        if (same == by_text.end()) by_text.push_back({text, {place}});
        else same->second.push_back(place);
      }
      FactLine line{workload.name, definition.name, definition.description, {}};
      for (const auto& [text, places] : by_text) line.said.emplace_back(text, where(places, arms, found->second));
      lines.push_back(std::move(line));
    }
  return lines;
}

}  // namespace klab
