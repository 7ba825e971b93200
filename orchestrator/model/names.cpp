// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>
#include <utility>

#include "model/boot.hpp"
#include "model/comparison.hpp"
#include "model/experiment.hpp"
#include "model/metric.hpp"
#include "model/outcome.hpp"
#include "model/variant.hpp"
#include "util/hash.hpp"

namespace klab {
namespace {

template <class Enum, std::size_t size>
using Names = std::array<std::pair<Enum, std::string_view>, size>;

constexpr Names<Architecture, 2> architectures{{{Architecture::x86_64, "x86_64"}, {Architecture::arm64, "arm64"}}};
constexpr Names<Better, 2> directions{{{Better::higher, "higher"}, {Better::lower, "lower"}}};
constexpr Names<Acceleration, 5> accelerations{{{Acceleration::tcg, "TCG"},
                                                {Acceleration::kvm, "KVM"},
                                                {Acceleration::bare_metal, "bare metal"},
                                                {Acceleration::simulated_host, "simulated host"},
                                                {Acceleration::virtual_host, "host under a hypervisor"}}};
constexpr Names<Outcome, 10> outcomes{{{Outcome::ok, "ok"},
                                       {Outcome::apply_failed, "apply-failed"},
                                       {Outcome::build_failed, "build-failed"},
                                       {Outcome::boot_failed, "boot-failed"},
                                       {Outcome::crashed, "crashed"},
                                       {Outcome::hung, "hung"},
                                       {Outcome::workload_failed, "workload-failed"},
                                       {Outcome::lab_error, "lab-error"},
                                       {Outcome::interrupted, "interrupted"},
                                       {Outcome::cancelled, "cancelled"}}};
constexpr Names<ExperimentState, 4> states{{{ExperimentState::queued, "queued"},
                                            {ExperimentState::building, "building"},
                                            {ExperimentState::measuring, "measuring"},
                                            {ExperimentState::done, "done"}}};
constexpr Names<Verdict, 9> verdicts{{{Verdict::improved, "improved"},
                                      {Verdict::regressed, "regressed"},
                                      {Verdict::significant_below_threshold, "significant, below threshold"},
                                      {Verdict::suggestive, "suggestive"},
                                      {Verdict::no_change, "no change"},
                                      {Verdict::within_noise, "within boot-to-boot noise"},
                                      {Verdict::insufficient_data, "insufficient data"},
                                      {Verdict::order_confounded, "order-confounded"},
                                      {Verdict::not_available, "n/a"}}};

template <class Enum, std::size_t size>
std::string_view find_name(const Names<Enum, size>& names, Enum value) {
  for (const auto& [candidate, text] : names)
    if (candidate == value) return text;
  return "unknown";
}

template <class Enum, std::size_t size>
std::optional<Enum> find_value(const Names<Enum, size>& names, std::string_view text) {
  for (const auto& [value, candidate] : names)
    if (candidate == text) return value;
  return std::nullopt;
}

}  // namespace

std::string_view name(Architecture value) { return find_name(architectures, value); }
std::optional<Architecture> architecture_from_name(std::string_view text) { return find_value(architectures, text); }
std::string_view name(Better value) { return find_name(directions, value); }
std::optional<Better> better_from_name(std::string_view text) { return find_value(directions, text); }
std::string_view name(Acceleration value) { return find_name(accelerations, value); }
std::string_view name(Verdict value) { return find_name(verdicts, value); }
std::optional<Verdict> verdict_from_name(std::string_view text) { return find_value(verdicts, text); }
std::string_view name(Outcome value) { return find_name(outcomes, value); }
std::optional<Outcome> outcome_from_name(std::string_view text) { return find_value(outcomes, text); }
std::string_view name(ExperimentState value) { return find_name(states, value); }
std::optional<ExperimentState> experiment_state_from_name(std::string_view text) { return find_value(states, text); }

bool is_failure(Outcome outcome) {
  switch (outcome) {
    case Outcome::apply_failed:
    case Outcome::build_failed:
    case Outcome::boot_failed:
    case Outcome::crashed:
    case Outcome::hung:
    case Outcome::workload_failed:
      return true;
    default:
      return false;
  }
}

bool runs_again(Outcome outcome) { return outcome == Outcome::lab_error || outcome == Outcome::interrupted; }

std::string HostFingerprint::digest() const {
  FieldHash hash;
  for (const auto& [key, value] : facts) hash.add(key, value);
  return hash.hex();
}

}  // namespace klab
