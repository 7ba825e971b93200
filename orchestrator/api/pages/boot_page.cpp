// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/pages/pages.hpp"
#include "api/pages/parts.hpp"
#include "report/html_data.hpp"
#include "report/numbers.hpp"
#include "util/text.hpp"

namespace klab {
using namespace pages;  // NOLINT: what pages are made of
namespace {

page::Section results_section(const std::string& experiment, const std::vector<Summary>& summaries,
                              const std::vector<Sample>& samples, const std::vector<UnavailableCase>& unavailable) {
  page::Section section{"What it measured", "samples", {}};
  std::map<std::tuple<std::string, std::string, std::string>, std::pair<std::string, std::string>> passes;
  for (const auto& s : samples) {
    auto& [kept, warm] = passes[{s.workload, s.case_name, s.metric}];
    auto& text = s.warmup ? warm : kept;
    text += (text.empty() ? "" : ";  ") + report::value_text(s.value);
  }
  page::Table table{"One number per boot and row: the median of the passes kept.",
                    {{"workload, case"}, {"metric"}, {"summary", true}, {"kept passes"}, {"warm-up"}},
                    {},
                    "This boot measured nothing.",
                    true};
  for (const auto& s : summaries) {
    const auto& [kept, warm] = passes[{s.workload, s.case_name, s.metric}];
    table.rows.push_back(
        {{.text = s.workload + (s.case_name.empty() ? "" : " " + s.case_name)},
         {.text = s.metric},
         {.text = report::value_text(s.value), .href = report::row_address(experiment, s.workload, s.case_name, s.metric)},
         {.text = kept},
         {.text = warm, .tone = "soft"}});
  }
  section.blocks.push_back(std::move(table));
  if (summaries.empty() && !samples.empty()) {
    page::Table raw{"Passes without a summary.", {{"workload, case"}, {"metric"}, {"passes"}}, {}, "", true};
    for (const auto& [key, text] : passes)
      raw.rows.push_back({{.text = std::get<0>(key) + " " + std::get<1>(key)},
                          {.text = std::get<2>(key)},
                          {.text = text.second + ";  " + text.first}});
    section.blocks.push_back(std::move(raw));
  }
  page::Lines missing;
  for (const auto& u : unavailable) missing.lines.push_back({.text = u.workload + " " + u.case_name, .small = u.reason});
  if (!missing.lines.empty()) {
    section.blocks.push_back(page::Note{{{.text = "Cases that this kernel does not have:"}}, {}, true});
    section.blocks.push_back(std::move(missing));
  }
  return section;
}

}  // namespace

Pages::Page Pages::boot(std::int64_t id) {
  auto boot = lab_.boots.get(id);
  if (!boot) return boot.error();
  auto samples = lab_.boots.samples(id);
  if (!samples) return samples.error();
  auto summaries = lab_.boots.summaries(id);
  if (!summaries) return summaries.error();
  auto unavailable = lab_.boots.unavailable(id);
  if (!unavailable) return unavailable.error();
  auto facts = lab_.boots.facts(id);
  if (!facts) return facts.error();
  auto notes = lab_.boots.notes(id);
  if (!notes) return notes.error();
  auto host = lab_.boots.fingerprint(id);
  auto guest = lab_.boots.guest_facts(id);
  auto reproduce = lab_.boots.reproduce(id);
  if (!reproduce) return reproduce.error();
  const auto& line = boot->line;

  page::Document document;
  document.title = fmt::format("Boot {}", id);
  document.place = "/experiments";
  document.trail = {{.text = "Experiments", .href = "/experiments"},
                    {.text = "/"},
                    {.text = fmt::format("experiment {}", boot->experiment), .href = experiment_address(boot->experiment)},
                    {.text = "/"},
                    {.text = fmt::format("boot {}", id)}};
  document.chips.push_back(outcome_chip(line.outcome, "under way"));
  if (!line.acceleration.empty()) document.chips.push_back({.text = line.acceleration});
  if (boot->profile) document.chips.push_back({.text = "profiled, not measured"});
  document.lead = boot->profile
                      ? fmt::format("Of arm {}, behind all measured boots.", boot->arm_label)
                      : fmt::format("Slot {} of experiment {}, arm {}.", line.position, boot->experiment, boot->arm_label);
  page::Section top;
  if (!line.title.empty())
    top.blocks.push_back(page::Note{{{.text = line.title}}, line.outcome == Outcome::ok ? "" : "failed", false});
  if (!line.excerpt.empty()) top.blocks.push_back(page::Pre{"The console, where it failed", line.excerpt});
  page::Facts basics;
  const auto add = [&](std::string term, page::Cell cell) {
    if (!cell.text.empty()) basics.facts.push_back({std::move(term), {std::move(cell)}});
  };
  add("started", {.text = time_text(line.started)});
  if (line.finished) add("took", {.text = span_text(*line.finished - line.started)});
  if (line.seconds_to_userspace) add("to userspace", {.text = fmt::format("{:.2f} s", *line.seconds_to_userspace)});
  if (line.attempt > 1) add("attempt", {.text = fmt::format("{}; the ones before were the lab's failures", line.attempt)});
  if (line.load_before)
    add("load of the host", {.text = fmt::format("{:.2f} before, {} after", *line.load_before,
                                                 line.load_after ? fmt::format("{:.2f}", *line.load_after) : "n/a")});
  if (line.steal) add("stolen from the host", {.text = fmt::format("{:.2f} s", *line.steal)});
  add("governor", {.text = line.governor});
  add("command line", {.text = boot->command_line, .code = true});
  add("console", {.text = "whole console", .href = boot_address(id) + "/console"});
  top.blocks.push_back(std::move(basics));
  document.sections.push_back(std::move(top));

  document.sections.push_back(results_section(fmt::format("{}", boot->experiment), *summaries, *samples, *unavailable));
  if (!facts->empty()) {
    page::Table table{"", {{"workload, case"}, {"fact"}, {"pass", true}, {"said"}}, {}, "", true};
    for (const auto& fact : *facts)
      table.rows.push_back({{.text = fact.workload + " " + fact.case_name},
                            {.text = fact.name},
                            {.text = fact.warmup ? "warm-up" : fmt::format("{}", fact.pass)},
                            {.text = fact.text}});
    document.sections.push_back({"How it was measured", "facts", {std::move(table)}});
  }
  if (!notes->empty()) {
    page::Table table{"", {{"second"}, {"note"}}, {}, "", false};
    for (const auto& note : *notes) table.rows.push_back({{.text = fmt::format("{:.1f}", note.seconds)}, {.text = note.text}});
    document.sections.push_back({"What the lab noted", "notes", {std::move(table)}});
  }
  if (host && !host->empty()) document.sections.push_back({"Host", "host", {facts_block(*host)}});
  if (guest && !guest->empty()) document.sections.push_back({"Guest", "guest", {facts_block(*guest)}});
  if (!reproduce->empty())
    document.sections.push_back(
        {"The same boot again",
         "reproduce",
         {page::Note{
              {{.text = "As a script", .href = boot_address(id) + "/reproduce"}, {.text = " that needs QEMU alone:"}}, {}, true},
          page::Pre{"", *reproduce}}});
  return document;
}

Pages::Page Pages::build(std::int64_t id) {
  auto build = lab_.builds.get(id);
  if (!build) return build.error();
  auto users = lab_.builds.users(id, 50);
  if (!users) return users.error();
  page::Document document;
  document.title = fmt::format("Build {}", id);
  document.place = "/experiments";
  document.trail = {{.text = "Experiments", .href = "/experiments"}, {.text = "/"}};
  if (!users->empty()) {
    document.trail.push_back(
        {.text = fmt::format("experiment {}", users->front().experiment), .href = experiment_address(users->front().experiment)});
    document.trail.push_back({.text = "/"});
  }
  document.trail.push_back({.text = fmt::format("build {}", id)});
  document.chips.push_back(outcome_chip(build->outcome, "under way"));
  if (build->from_cache) document.chips.push_back({.text = "from the cache"});
  page::Section top;
  if (!build->message.empty())
    top.blocks.push_back(page::Note{{{.text = build->message}}, build->outcome == Outcome::ok ? "" : "failed", false});
  if (!build->tail.empty()) top.blocks.push_back(page::Pre{"The end of its output", build->tail});
  page::Facts facts;
  const auto add = [&](std::string term, page::Cell cell) {
    if (!cell.text.empty()) facts.facts.push_back({std::move(term), {std::move(cell)}});
  };
  add("release", {.text = build->release});
  add("compiler", {.text = build->compiler});
  add("started", {.text = time_text(build->started)});
  if (build->finished) add("took", {.text = span_text(*build->finished - build->started)});
  add("kernel's SHA-256", {.text = build->kernel_sha256, .code = true});
  add("hash of all that went in", {.text = build->key, .code = true});
  facts.facts.push_back({"files",
                         {{.text = "log", .href = fmt::format("/builds/{}/log", id)},
                          {.text = ".config", .href = fmt::format("/builds/{}/config", id)}}});
  top.blocks.push_back(std::move(facts));
  document.sections.push_back(std::move(top));
  page::Table table{"", {{"experiment"}, {"title"}, {"arm"}}, {}, "No experiment boots it.", false};
  for (const auto& user : *users)
    table.rows.push_back({experiment_cell(user.experiment),
                          {.text = user.title, .href = experiment_address(user.experiment)},
                          {.text = user.arm}});
  document.sections.push_back({"Who boots it", "users", {std::move(table)}});
  return document;
}

}  // namespace klab
