// SPDX-License-Identifier: GPL-3.0-or-later
// Where a trend is cut, and what is said of it.
#include <algorithm>
#include <set>

#include "pipeline/trend_data.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

std::string brief(const std::string& commit) { return commit.empty() ? "none" : commit.substr(0, 12); }

// Of nights before the ruler was known nothing can be said.
bool same_ruler(const std::shared_ptr<const Ruler>& a, const std::shared_ptr<const Ruler>& b) { return !a || !b || a == b || *a == *b; }

std::string fragment_names(const Ruler& ruler) {
  std::vector<std::string> names;
  for (const auto& [name, text] : ruler.fragments) names.push_back(name);
  return join(names, ",");
}

}  // namespace

std::string host_change(const HostFacts& before, const HostFacts& after) {
  std::set<std::string> names;
  for (const auto* facts : {&before, &after})
    for (const auto& [name, value] : *facts) names.insert(name);
  const auto value = [](const HostFacts& facts, const std::string& name) {
    const auto found = facts.find(name);
    return found == facts.end() || found->second.empty() ? std::string("none") : found->second;
  };
  std::vector<std::string> changes;
  for (const auto& name : names)
    if (value(before, name) != value(after, name)) changes.push_back(fmt::format("{} {} -> {}", name, value(before, name), value(after, name)));
  return changes.empty() ? "another host, of which nothing is known to differ" : join(changes, ", ");
}

std::string ruler_change(const Ruler& before, const Ruler& after) {
  std::vector<std::string> changes;
  for (const auto& [name, workload] : after.workloads) {
    const auto found = before.workloads.find(name);
    if (found == before.workloads.end() || found->second.hash != workload.hash) changes.push_back(fmt::format("workload {} changed", name));
    else if (found->second.instrument != workload.instrument) changes.push_back(fmt::format("workload {} has another instrument", name));
  }
  for (const auto& [name, workload] : before.workloads)
    if (!after.workloads.count(name)) changes.push_back(fmt::format("workload {} gone", name));
  if (before.kconfig_base != after.kconfig_base) changes.push_back(fmt::format("kconfig base {} -> {}", before.kconfig_base, after.kconfig_base));
  if (const auto was = fragment_names(before), is = fragment_names(after); was != is) changes.push_back(fmt::format("kconfig {} -> {}", was, is));
  for (const auto& [name, text] : after.fragments)
    if (std::any_of(before.fragments.begin(), before.fragments.end(), [&](const auto& other) { return other.first == name && other.second != text; }))
      changes.push_back(fmt::format("kconfig {} changed", name));
  if (before.command_line != after.command_line)
    changes.push_back(fmt::format("command line \"{}\" -> \"{}\"", before.command_line, after.command_line));
  return join(changes, ", ");
}

bool comparable(const TrendPoint& a, const TrendPoint& b) {
  return a.fingerprint == b.fingerprint && a.reference_commit == b.reference_commit && same_ruler(a.ruler, b.ruler);
}

std::vector<TrendSegment> trend_segments(const std::vector<TrendPoint>& points,
                                         const std::function<HostFacts(const std::string&)>& facts) {
  std::vector<TrendSegment> segments;
  std::shared_ptr<const Ruler> ruler;  // the newest that is known: two nights with none between them are not equal for that
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto& point = points[i];
    if (!point.value) continue;
    std::vector<std::string> changes;
    if (!segments.empty()) {
      const auto& before = points[segments.back().last];
      if (before.fingerprint != point.fingerprint) changes.push_back(host_change(facts(before.fingerprint), facts(point.fingerprint)));
      if (before.reference_commit != point.reference_commit)
        changes.push_back(fmt::format("reference {} -> {}", brief(before.reference_commit), brief(point.reference_commit)));
      if (!same_ruler(ruler, point.ruler)) changes.push_back(ruler_change(*ruler, *point.ruler));
    }
    if (segments.empty() || !changes.empty()) segments.push_back({i, i, join(changes, ", ")});
    segments.back().last = i;
    if (point.ruler) ruler = point.ruler;
  }
  return segments;
}

}  // namespace klab
