// SPDX-License-Identifier: GPL-3.0-or-later
#include "workload/profile_frames.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace klab {
namespace {

constexpr std::int64_t most_symbols = 64;
constexpr std::int64_t most_hz = 20000;            // the runner's own limit
constexpr std::int64_t most_samples = 1ll << 40;   // sums stay far from the end of their type
constexpr std::size_t longest_name = 127;          // the runner cuts there

std::string place(const std::string& workload, const std::string& case_name) {
  return case_name.empty() ? workload : fmt::format("{}: case \"{}\"", workload, case_name);
}

// Kernel symbols are words; anything else in one is not from /proc/kallsyms.
bool is_symbol(const std::string& name) {
  return !name.empty() && name.size() <= longest_name &&
         std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

void ProfileFrames::allow_fields(std::string_view type, const FramePayload& fields) {
  if (type == "profile")
    fields.allow_only({"type", "workload", "case", "method", "hz", "samples", "user", "idle", "runner", "other", "lost",
                       "symbols"});
  else if (type == "symbol")
    fields.allow_only({"type", "workload", "case", "symbol", "module", "samples"});
  else if (type == "no-profile")
    fields.allow_only({"type", "reason"});
}

ProfileFrames::Violation ProfileFrames::take_profile(const FramePayload& fields, const std::string& workload,
                                                     const std::string& case_name) {
  CaseProfile profile;
  profile.workload = workload;
  profile.case_name = case_name;
  profile.method = fields.text("method");
  profile.hz = fields.whole("hz");
  profile.samples = fields.whole("samples");
  profile.user = fields.whole("user");
  profile.idle = fields.whole("idle");
  profile.runner = fields.whole("runner");
  profile.other = fields.whole("other");
  profile.lost = fields.whole("lost");
  const std::int64_t symbols = fields.whole("symbols");
  if (fields.problem()) return std::nullopt;
  const auto wrong = [&](std::string_view what) { return fmt::format("{} has a profile that cannot be: {}", place(workload, case_name), what); };
  if (!reason_.empty()) return wrong("the guest said that it has none");
  if (has(workload, case_name)) return wrong("it is the second");
  if (profile.method != "cycles" && profile.method != "cpu-clock") return wrong(fmt::format("its method is \"{}\"", profile.method));
  if (profile.hz < 1 || profile.hz > most_hz) return wrong(fmt::format("{} samples a second", profile.hz));
  for (const std::int64_t number : {profile.samples, profile.user, profile.idle, profile.runner, profile.other, profile.lost})
    if (number < 0 || number > most_samples) return wrong(fmt::format("{} samples", number));
  if (symbols < 0 || symbols > most_symbols) return wrong(fmt::format("{} functions", symbols));
  current_ = std::move(profile);
  announced_ = symbols;
  named_.clear();
  return std::nullopt;
}

ProfileFrames::Violation ProfileFrames::take_symbol(const FramePayload& fields, const std::string& workload,
                                                    const std::string& case_name) {
  ProfileSymbol symbol{fields.text("symbol"), fields.text("module"), fields.whole("samples")};
  if (fields.problem()) return std::nullopt;
  const auto wrong = [&](std::string_view what) {
    return fmt::format("{}: function \"{}\" cannot be: {}", place(workload, case_name), symbol.symbol.substr(0, longest_name), what);
  };
  if (!current_ || current_->workload != workload || current_->case_name != case_name) return wrong("it belongs to no profile");
  if (!is_symbol(symbol.symbol) || (!symbol.module.empty() && !is_symbol(symbol.module))) return wrong("no kernel has such a name");
  if (static_cast<std::int64_t>(current_->symbols.size()) == announced_) return wrong(fmt::format("{} were announced", announced_));
  if (symbol.samples < 1 || symbol.samples > current_->samples) return wrong(fmt::format("it has {} samples of {}", symbol.samples, current_->samples));
  if (!current_->symbols.empty() && symbol.samples > current_->symbols.back().samples) return wrong("it is hotter than the one before it");
  if (!named_.emplace(symbol.symbol, symbol.module).second) return wrong("it came twice");
  current_->symbols.push_back(std::move(symbol));
  return std::nullopt;
}

ProfileFrames::Violation ProfileFrames::take_reason(const FramePayload& fields) {
  std::string reason = fields.text("reason");
  if (fields.problem()) return std::nullopt;
  if (reason.empty() || !reason_.empty() || !profiles_.empty())
    return "cannot read results: the guest has no profile, and says so in the wrong place";
  reason_ = std::move(reason);
  return std::nullopt;
}

ProfileFrames::Violation ProfileFrames::close() {
  if (!current_) return std::nullopt;
  const CaseProfile profile = *std::exchange(current_, std::nullopt);
  const std::string where = place(profile.workload, profile.case_name);
  if (static_cast<std::int64_t>(profile.symbols.size()) != announced_)
    return fmt::format("{} has a profile of {} functions, {} came", where, announced_, profile.symbols.size());
  std::int64_t sum = profile.user + profile.idle + profile.runner + profile.other;
  for (const auto& symbol : profile.symbols) sum += symbol.samples;
  if (sum != profile.samples) return fmt::format("{} has a profile of {} samples, its parts have {}", where, profile.samples, sum);
  profiles_.push_back(profile);
  return std::nullopt;
}

bool ProfileFrames::has(const std::string& workload, const std::string& case_name) const {
  const auto same = [&](const CaseProfile& p) { return p.workload == workload && p.case_name == case_name; };
  return !reason_.empty() || std::any_of(profiles_.begin(), profiles_.end(), same);
}

}  // namespace klab
