// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/pages/parts.hpp"

#include "util/text.hpp"

namespace klab::pages {

std::string time_text(std::optional<double> seconds) { return seconds ? local_time(*seconds) : std::string(); }

std::string span_text(double seconds) {
  return human_duration(std::chrono::seconds(static_cast<long long>(std::max(seconds, 0.0) + 0.5)));
}

std::string plural(long long count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", with_thousands(count), count == 1 ? one : many);
}

std::string experiment_address(std::int64_t id) { return fmt::format("/experiments/{}", id); }
std::string boot_address(std::int64_t id) { return fmt::format("/boots/{}", id); }

page::Cell number_cell(std::int64_t number) { return {.text = fmt::format("{}", number)}; }
page::Cell experiment_cell(std::int64_t id) { return {.text = fmt::format("{}", id), .href = experiment_address(id)}; }

page::Cell commit_cell(const std::string& commit) {
  if (commit.empty()) return {.text = ""};
  return {.text = commit.substr(0, 12), .href = page::address("/search", {{"q", commit}}), .hint = commit, .code = true};
}

page::Cell chip(const page::Mark& mark, std::string href) {
  const std::string glyph(mark.glyph);
  return {.text = (glyph.empty() ? "" : glyph + " ") + std::string(mark.word),
          .href = std::move(href),
          .tone = std::string(mark.tone),
          .chip = true};
}

page::Cell outcome_chip(const std::optional<Outcome>& outcome, std::string_view otherwise, std::string href) {
  if (outcome) return chip(page::mark_of(*outcome), std::move(href));
  return chip({"running", "", otherwise}, std::move(href));
}

Result<void> add_label_chips(Lab& lab, page::Document& document, const std::vector<std::int64_t>& experiments) {
  auto labels = labels_of(lab, experiments);
  if (!labels) return labels.error();
  for (auto& label : *labels) document.chips.push_back({.text = std::move(label)});
  return {};
}

page::Facts facts_block(const std::map<std::string, std::string>& facts) {
  page::Facts out;
  for (const auto& [key, value] : facts) out.facts.push_back({key, {{.text = value}}});
  return out;
}

Result<std::string> host_address(Lab& lab, const std::string& machine) {
  if (!lab.config.machines.count(machine)) {
    auto boots = lab.hosts.boots(machine, 1);
    if (!boots) return boots.error();
    if (boots->empty()) return std::string();
  }
  return "/hosts/" + page::segment(machine);
}

}  // namespace klab::pages
