// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/profile_data.hpp"

namespace klab {
namespace {

Result<ArmProfile> arm_profile(Lab& lab, const ExperimentRecord& record, const std::vector<BootRecord>& boots, std::size_t arm) {
  ArmProfile out;
  out.label = record.plan.arms[arm].label;
  out.trouble = record.state == ExperimentState::done ? "it was not booted for a profile" : "its profile is still to come";
  for (const auto& boot : boots) {
    if (boot.arm != record.arms[arm].id || !boot.outcome) continue;
    auto cases = lab.boots.profiles(boot.id);
    if (!cases) return cases.error();
    out.boot = fmt::format("{}", boot.id);
    out.cases = std::move(*cases);
    // The title of a good boot says why its kernel could not be sampled.
    out.trouble = *boot.outcome == Outcome::ok ? boot.title : fmt::format("{}: {}", name(*boot.outcome), boot.title);
    if (!runs_again(*boot.outcome)) break;
  }
  const bool masked_only = record.plan.arms[arm].architecture != Architecture::x86_64;
  for (const auto& profile : out.cases) out.waits = masked_only || profile.method != "cycles";
  return out;
}

}  // namespace

Result<std::optional<ContrastProfile>> contrast_profile(Lab& lab, const ExperimentRecord& record, std::size_t reference,
                                                        std::size_t patched) {
  if (!record.plan.profile) return std::optional<ContrastProfile>();
  auto boots = lab.boots.list(record.id, BootKind::profiled);
  if (!boots) return boots.error();
  auto first = arm_profile(lab, record, *boots, reference);
  if (!first) return first.error();
  auto second = arm_profile(lab, record, *boots, patched);
  if (!second) return second.error();
  return std::optional<ContrastProfile>(ContrastProfile{std::move(*first), std::move(*second)});
}

}  // namespace klab
