// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/pages/experiment_parts.hpp"

#include <algorithm>
#include <set>

#include "model/experiment_json.hpp"
#include "report/words.hpp"
#include "util/text.hpp"

namespace klab::pages {
namespace {

constexpr std::size_t most_shown = 20;

// What became of a boot, in words.
std::string boot_words(const BootRecord& boot) {
  std::string text = fmt::format("slot {}, boot {}", boot.position, boot.id);
  if (boot.attempt > 1) text += fmt::format(" (attempt {})", boot.attempt);
  text += boot.outcome ? fmt::format(": {}", name(*boot.outcome)) : ": under way";
  if (!boot.title.empty()) text += ", " + boot.title;
  return text;
}

std::string patches_text(const ArmPlan& arm, const ExperimentPlan& plan) {
  if (!arm.series) return "none";
  const auto& series = plan.series.at(*arm.series);
  return fmt::format("{} of v{}", arm.patches ? format_patch_range(*arm.patches) : fmt::format("all {}", series.patches.size()),
                     series.version);
}

}  // namespace

std::string arm_of(const ExperimentRecord& record, std::int64_t arm) {
  for (std::size_t i = 0; i < record.arms.size(); ++i)
    if (record.arms[i].id == arm) return record.plan.arms[i].label;
  return {};
}

page::Order order_block(const ExperimentRecord& record, const std::vector<Slot>& slots, const std::vector<BootRecord>& boots) {
  page::Order order;
  order.slots = static_cast<int>(slots.size());
  order.caption = fmt::format("Order of the boots, seed {}", record.plan.seed);
  std::map<int, const BootRecord*> latest;  // by slot
  for (const auto& boot : boots) latest[boot.position] = &boot;
  for (std::size_t i = 0; i < record.arms.size(); ++i) {
    page::OrderLane lane{record.plan.arms[i].label, {}};
    for (const auto& slot : slots) {
      auto& mark = lane.slots.emplace_back();
      if (slot.arm != record.arms[i].id) continue;
      const auto found = latest.find(slot.position);
      if (found == latest.end()) {
        mark = page::OrderMark{"", "absent", fmt::format("/experiments/{}", record.id),
                               fmt::format("slot {}: to come", slot.position)};
        continue;
      }
      const auto& boot = *found->second;
      const page::Mark look = boot.outcome ? page::mark_of(*boot.outcome) : page::Mark{"running", "\u25b8", "under way"};
      mark = page::OrderMark{std::string(look.glyph), std::string(look.tone), boot_address(boot.id), boot_words(boot)};
    }
    order.lanes.push_back(std::move(lane));
  }
  return order;
}

page::Chips jump_block(const Report& report) {
  page::Chips out;
  if (report.comparisons.size() < 2) return out;  // it stands right below
  for (std::size_t i = 0; i < report.comparisons.size(); ++i) {
    const auto& comparison = report.comparisons[i];
    const std::string href = fmt::format("#contrast-{}", i + 1);
    const std::string whose = report.comparisons.size() > 1 ? comparison.patched + ": " : "";
    std::map<Verdict, int> counts;
    for (const auto& row : comparison.rows) ++counts[row.verdict];
    for (const auto& [verdict, count] : counts) {
      const auto mark = page::mark_of(verdict);
      if (verdict == Verdict::not_available) continue;
      out.chips.push_back(
          {.text = fmt::format("{} {}{} {}", mark.glyph, whose, count, mark.word), .href = href, .tone = std::string(mark.tone)});
    }
    if (out.chips.size() > most_shown) break;
  }
  return out;
}

std::optional<page::Section> failed_section(const std::vector<BootRecord>& boots) {
  page::Section section{"Boots that failed", "failed", {}};
  std::size_t failed = 0, lab = 0;
  for (const auto& boot : boots) {
    if (!boot.outcome || *boot.outcome == Outcome::ok) continue;
    if (!is_failure(*boot.outcome)) {
      ++lab;
      continue;
    }
    if (++failed > most_shown) continue;
    section.blocks.push_back(page::Note{{{.text = fmt::format("Boot {}", boot.id), .href = boot_address(boot.id)},
                                         {.text = fmt::format(", slot {}: {}{}{} (", boot.position, name(*boot.outcome),
                                                              boot.title.empty() ? "" : ", ", boot.title)},
                                         {.text = "console", .href = boot_address(boot.id) + "/console"},
                                         {.text = ")"}},
                                        "failed",
                                        false});
    if (!boot.excerpt.empty()) section.blocks.push_back(page::Pre{"The console, where it failed", boot.excerpt});
  }
  if (failed > most_shown)
    section.blocks.push_back(page::Note{
        {{.text = fmt::format("{} more are in the ", failed - most_shown)}, {.text = "list of boots", .href = "#boots"}},
        {},
        true});
  if (lab > 0)
    section.blocks.push_back(
        page::Note{{{.text = fmt::format("{} that the lab spoiled {} in the ", lab, lab == 1 ? "is" : "are")},
                    {.text = "list of boots", .href = "#boots"}},
                   {},
                   true});
  if (section.blocks.empty()) return std::nullopt;
  if (failed == 0) section.heading = "Boots that the lab spoiled";
  return section;
}

Result<page::Section> arms_section(Lab& lab, const ExperimentRecord& record) {
  page::Section section{"Kernels", "kernels", {}};
  page::Table table{"", {{"arm"}, {"machine"}, {"tree, commit"}, {"patches"}, {"kconfig"}, {"build"}, {"files"}}, {}, "", false};
  page::Lines attempts;
  for (std::size_t i = 0; i < record.arms.size(); ++i) {
    const auto& arm = record.plan.arms[i];
    const auto& stored = record.arms[i];
    std::vector<std::string> kconfigs;
    for (const auto& fragment : arm.kconfig.fragments) kconfigs.push_back(fragment.name);
    page::Cell build{.text = "not yet", .tone = "soft"}, files{.text = ""};
    if (stored.build) {
      auto found = lab.builds.get(*stored.build);
      if (!found) return found.error();
      build = outcome_chip(found->outcome, "under way", fmt::format("/builds/{}", *stored.build));
      build.small = found->from_cache ? "from the cache" : found->release;
      files = {.text = "log", .href = fmt::format("/builds/{}/log", *stored.build)};
    }
    auto commit = commit_cell(stored.commit);
    commit.text = stored.commit.empty() ? arm.tree : arm.tree + " " + commit.text;
    commit.small = stored.base_reason;
    auto host = host_address(lab, arm.machine);
    if (!host) return host.error();
    table.rows.push_back(
        {{.text = arm.label, .small = arm.command_line},
         {.text = arm.machine, .href = *host, .small = std::string(name(arm.architecture))},
         std::move(commit),
         {.text = patches_text(arm, record.plan)},
         {.text = join(kconfigs, " + "), .small = "over " + arm.kconfig.base},
         std::move(build),
         std::move(files)});
    if (stored.base_attempts.size() > 1 || (!stored.base_attempts.empty() && !stored.base_attempts.front().taken))
      for (const auto& attempt : stored.base_attempts)
        attempts.lines.push_back(
            {.text = fmt::format("{}: {} {}: {}", arm.label, attempt.way, attempt.wanted, attempt.taken ? "taken" : "not taken"),
             .small = attempt.why + (attempt.words.empty() ? "" : "; git: " + attempt.words)});
  }
  section.blocks.push_back(std::move(table));
  if (!attempts.lines.empty()) {
    section.blocks.push_back(page::Note{{{.text = "How the commits were looked for:"}}, {}, true});
    section.blocks.push_back(std::move(attempts));
  }
  return section;
}

std::optional<page::Section> series_section(const ExperimentPlan& plan) {
  if (plan.series.empty()) return std::nullopt;
  page::Section section{"Series", "series", {}};
  const auto look_up = [](const std::string& text) { return page::address("/search", {{"q", text}}); };
  for (const auto& series : plan.series) {
    page::Facts facts;
    facts.facts.push_back({"title", {{.text = fmt::format("{} (v{})", series.title, series.version)}}});
    facts.facts.push_back({"author", {{.text = series.author, .href = look_up(series.author)}}});
    if (!series.cover_message_id.empty())
      facts.facts.push_back(
          {"Message-ID", {{.text = series.cover_message_id, .href = look_up(series.cover_message_id), .code = true}}});
    if (!series.base_commit.empty()) facts.facts.push_back({"base-commit", {{.text = series.base_commit, .code = true}}});
    if (!series.change_id.empty())
      facts.facts.push_back({"Change-Id", {{.text = series.change_id, .href = look_up(series.change_id), .code = true}}});
    section.blocks.push_back(std::move(facts));
    page::Table table{"", {{"patch"}, {"subject"}, {"author"}, {"Message-ID"}}, {}, "", false};
    for (const auto& patch : series.patches)
      table.rows.push_back({number_cell(patch.number),
                            {.text = patch.subject, .small = join(patch.files, ", ")},
                            {.text = patch.author, .href = look_up(patch.author)},
                            {.text = patch.message_id,
                             .href = patch.message_id.empty() ? "" : look_up(patch.message_id),
                             .code = !patch.message_id.empty()}});
    section.blocks.push_back(std::move(table));
    page::Lines rest;
    for (const auto& trailer : series.trailers)
      rest.lines.push_back({.text = trailer.trailer, .small = "offered by " + trailer.from + ", not applied"});
    for (const auto& aside : series.left_aside) rest.lines.push_back({.text = aside.what, .small = "left aside: " + aside.why});
    if (!rest.lines.empty()) section.blocks.push_back(std::move(rest));
    if (!series.cover.empty()) section.blocks.push_back(page::Pre{"Cover letter", series.cover});
  }
  return section;
}

page::Section boots_section(const ExperimentRecord& record, const std::vector<BootRecord>& boots,
                            const std::vector<BootRecord>& profiled) {
  page::Section section{"All boots", "boots", {}};
  page::Table table{"",
                    {{"boot"},
                     {"slot", true},
                     {"arm"},
                     {"outcome"},
                     {.head = "started", .whole = true},
                     {.head = "took", .number = true, .whole = true},
                     {"to userspace", true},
                     {"load", true, "before, after"},
                     {"console"}},
                    {},
                    "",
                    true};
  const auto add = [&](const BootRecord& boot, bool profile) {
    auto outcome = outcome_chip(boot.outcome, "under way");
    outcome.small = boot.title;
    std::string load;
    if (boot.load_before && boot.load_after) load = fmt::format("{:.2f}, {:.2f}", *boot.load_before, *boot.load_after);
    table.rows.push_back({{.text = fmt::format("{}", boot.id), .href = boot_address(boot.id)},
                          {.text = profile ? "profile"
                                           : fmt::format("{}{}", boot.position,
                                                         boot.attempt > 1 ? fmt::format(", attempt {}", boot.attempt) : "")},
                          {.text = arm_of(record, boot.arm)},
                          std::move(outcome),
                          {.text = time_text(boot.started)},
                          {.text = boot.finished ? span_text(*boot.finished - boot.started) : ""},
                          {.text = boot.seconds_to_userspace ? fmt::format("{:.1f} s", *boot.seconds_to_userspace) : ""},
                          {.text = load},
                          {.text = "console", .href = boot_address(boot.id) + "/console"}});
  };
  for (const auto& boot : boots) add(boot, false);
  for (const auto& boot : profiled) add(boot, true);
  section.blocks.push_back(std::move(table));
  return section;
}

page::Section downloads_section(const ExperimentRecord& record) {
  page::Section section{"Downloads", "downloads", {}};
  page::Lines lines;
  const auto add = [&](const char* text, const char* file, const char* about) {
    lines.lines.push_back({.text = text, .href = fmt::format("/experiments/{}/{}", record.id, file), .small = about});
  };
  add("JSON", "report.json", "every boot's number, effects, intervals, p-values, verdicts");
  add("CSV", "report.csv", "a line for each row");
  add("Text", "report.txt", "at most 72 columns, for a mail");
  add("HTML", "report.html", "one file that needs nothing else");
  if (std::any_of(record.plan.series.begin(), record.plan.series.end(), [](const auto& s) { return !s.patches.empty(); }))
    add("Series", "series.mbox", "as git am takes it");
  std::set<std::int64_t> seen;
  for (std::size_t i = 0; i < record.arms.size(); ++i) {
    const auto build = record.arms[i].build;
    if (!build || !seen.insert(*build).second) continue;
    lines.lines.push_back(
        {.text = fmt::format(".config of {}", record.plan.arms[i].label), .href = fmt::format("/builds/{}/config", *build)});
    lines.lines.push_back(
        {.text = fmt::format("build log of {}", record.plan.arms[i].label), .href = fmt::format("/builds/{}/log", *build)});
  }
  section.blocks.push_back(std::move(lines));
  section.blocks.push_back(
      page::Note{{{.text = "Compare with another experiment: "},
                  {.text = fmt::format("/compare?a={}", record.id), .href = fmt::format("/compare?a={}", record.id)}},
                 {},
                 true});
  return section;
}

}  // namespace klab::pages
