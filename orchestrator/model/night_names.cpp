// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>

#include "model/trend.hpp"

namespace klab {
namespace {

template <class Enum, std::size_t N>
std::optional<Enum> find_name(const std::array<std::string_view, N>& names, std::string_view text) {
  for (std::size_t i = 0; i < N; ++i)
    if (names[i] == text) return static_cast<Enum>(i);
  return std::nullopt;
}

constexpr std::array<std::string_view, 6> cell_states{"waiting", "running", "done", "skipped", "put off", "lab error"};
constexpr std::array<std::string_view, 8> cell_verdicts{"failed",    "regressed",    "improved",          "suggestive",
                                                        "no change", "within noise", "insufficient data", ""};
constexpr std::array<std::string_view, 4> investigation_states{"waiting", "confirming", "bisecting", "ended"};

}  // namespace

std::string_view name(CellState state) { return cell_states.at(static_cast<std::size_t>(state)); }
std::optional<CellState> cell_state_from_name(std::string_view text) { return find_name<CellState>(cell_states, text); }

std::string_view name(CellVerdict verdict) { return cell_verdicts.at(static_cast<std::size_t>(verdict)); }
std::optional<CellVerdict> cell_verdict_from_name(std::string_view text) { return find_name<CellVerdict>(cell_verdicts, text); }

std::string_view name(InvestigationState state) { return investigation_states.at(static_cast<std::size_t>(state)); }
std::optional<InvestigationState> investigation_state_from_name(std::string_view text) {
  return find_name<InvestigationState>(investigation_states, text);
}

}  // namespace klab
