// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <boost/json.hpp>
#include <cctype>
#include <set>

#include "api/host_views.hpp"
#include "api/pages/lists.hpp"
#include "api/pages/pages.hpp"
#include "api/pages/parts.hpp"
#include "pipeline/aa_judgement.hpp"
#include "report/numbers.hpp"
#include "util/file.hpp"
#include "util/text.hpp"
#include "workload/definition.hpp"

namespace klab {
using namespace pages;  // NOLINT: what pages are made of
namespace {

constexpr int boots_shown = 50;
constexpr int events_shown = 50;

std::vector<page::Cell> guest_row(const MachineSpec& machine) {
  return {{.text = machine.name, .href = "/hosts/" + page::segment(machine.name)},
          {.text = std::string(name(machine.architecture))},
          {.text = fmt::format("{}", machine.vcpus),
           .small = fmt::format("{} x {} x {}", machine.sockets, machine.cores, machine.threads)},
          {.text = fmt::format("{} MiB", machine.memory_mib)},
          {.text = machine.acceleration}};
}

Result<page::Section> floors_section(Lab& lab, const std::string& host, const std::map<RowKey, NoiseFloor>& floors) {
  page::Table table{
      "What equal kernels are seen to differ by here: the 95th percentile of the newest A/A runs. A change has to reach it.",
      {{"workload, case"}, {"metric"}, {"floor", true}, {"A/A runs", true}},
      {},
      "Too few A/A runs yet; \"klab host health HOST --run\" adds one.",
      true};
  for (const auto& [key, floor] : floors)
    table.rows.push_back({{.text = key.workload + (key.case_name.empty() ? "" : " " + key.case_name)},
                          {.text = key.metric},
                          {.text = floor.is_ratio ? report::percent_text(floor.size) : report::value_text(floor.size)},
                          {.text = fmt::format("{}", floor.runs)}});
  page::Section section{"Noise floor", "noise", {std::move(table)}};
  // The rows of a workload come from the same runs.
  std::set<std::string> told;
  for (const auto& [key, floor] : floors) {
    if (!told.insert(key.workload).second) continue;
    auto runs = lab.trends.noise_runs(host, key, newest_aa_runs);
    if (!runs) return runs.error();
    page::Note note{{{.text = fmt::format("A/A runs of {}, newest first:", key.workload)}}, {}, true};
    for (const auto id : *runs) {
      note.parts.push_back({.text = " "});
      note.parts.push_back(experiment_cell(id));
    }
    section.blocks.push_back(std::move(note));
  }
  return section;
}

page::Facts machine_facts(const MachineSpec& machine, const HostSpec* host) {
  page::Facts facts;
  const auto add = [&](const char* term, std::string text) {
    if (!text.empty()) facts.facts.push_back({term, {{.text = std::move(text)}}});
  };
  add("architecture", std::string(name(machine.architecture)));
  add(host ? "CPUs" : "vCPUs", fmt::format("{} ({} x {} x {})", machine.vcpus, machine.sockets, machine.cores, machine.threads));
  add("memory", fmt::format("{} MiB", machine.memory_mib));
  add("labels", join(machine.labels, ", "));
  add("kconfig", join(machine.kconfigs, ", "));
  if (host) {
    add("BMC", fmt::format("{}:{}", host->bmc_address, host->bmc_port));
    add("MAC", host->mac);
    add("boots by", host->netboot == NetbootWay::uefi ? "UEFI over the network" : "PXE over the network");
    if (host->simulated) add("kind", "simulated host");
  } else {
    add("acceleration", machine.acceleration);
    add("libvirt", machine.uri == "embed" ? "inside klabd" : machine.uri);
  }
  add("limits",
      fmt::format("{} to the runner, {} of silence, {} in all", span_text(static_cast<double>(machine.boot_limit.count())),
                  span_text(static_cast<double>(machine.silence_limit.count())),
                  span_text(static_cast<double>(machine.run_limit.count()))));
  return facts;
}

page::Section boots_of_host(const std::vector<BootOfHost>& boots) {
  std::map<std::string, std::pair<page::Mark, int>> counts;
  page::Table table{"",
                    {{"boot"}, {"experiment"}, {"arm"}, {"outcome"}, {.head = "started", .whole = true}},
                    {},
                    "No boot has run here.",
                    true};
  for (const auto& boot : boots) {
    const auto mark = boot.outcome ? page::mark_of(*boot.outcome) : page::Mark{"running", "\u25b8", "under way"};
    auto& entry = counts[std::string(mark.word)];
    entry.first = mark;
    ++entry.second;
    auto outcome = chip(mark);
    outcome.small = boot.title;
    table.rows.push_back({{.text = fmt::format("{}", boot.id), .href = boot_address(boot.id)},
                          experiment_cell(boot.experiment),
                          {.text = boot.arm},
                          std::move(outcome),
                          {.text = time_text(boot.started)}});
  }
  page::Chips tally;
  for (const auto& [word, entry] : counts)
    tally.chips.push_back({.text = fmt::format("{} {}", entry.second, word), .tone = std::string(entry.first.tone)});
  page::Section section{
      boots.empty() ? "Boots" : fmt::format("The newest {}", plural(static_cast<long long>(boots.size()), "boot", "boots")),
      "boots",
      {}};
  if (!tally.chips.empty()) section.blocks.push_back(std::move(tally));
  section.blocks.push_back(std::move(table));
  return section;
}

}  // namespace

Pages::Page Pages::hosts() {
  page::Document document;
  document.title = "Hosts";
  document.place = "/hosts";
  page::Table bare{
      "", {{"host"}, {"state"}, {""}, {"waiting"}}, {}, "None is configured; README.md, under \"Bare metal\", says how.", true};
  for (const auto& [name, host] : lab_.config.hosts) {
    auto line = host_line(lab_, board_, queue_.leases(), host);
    if (!line) return line.error();
    bare.rows.push_back(host_row(*line));
  }
  document.sections.push_back({"Bare metal", "", {std::move(bare)}});
  page::Table guests{"", {{"machine"}, {"architecture"}, {"vCPUs", true}, {"memory", true}, {"acceleration"}}, {}, "", false};
  for (const auto& [name, machine] : lab_.config.machines)
    if (!lab_.config.hosts.count(name)) guests.rows.push_back(guest_row(machine));
  document.sections.push_back({"Guests on klabd's machine", "", {std::move(guests)}});
  auto standing = lab_.trends.aa_standing();
  if (!standing) return standing.error();
  auto [alarming, words] = judge_aa(*standing);
  words.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(words.front())));
  document.sections.push_back({"A/A runs", "aa", {page::Note{{{.text = words + "."}}, alarming ? "failed" : "", false}}});
  return document;
}

Pages::Page Pages::host(const std::string& name) {
  const auto machine = lab_.config.machines.find(name);
  const auto found = lab_.config.hosts.find(name);
  auto boots = lab_.hosts.boots(name, boots_shown);
  if (!boots) return boots.error();
  // One that is configured no longer is known by its boots.
  if (machine == lab_.config.machines.end() && boots->empty())
    return input_error("cannot find the host \"{}\"; the page of hosts has all there are", printable(name));
  page::Document document;
  document.title = name;
  document.place = "/hosts";
  document.trail = {{.text = "Hosts", .href = "/hosts"}, {.text = "/"}, {.text = name}};
  if (found != lab_.config.hosts.end()) {
    auto line = host_line(lab_, board_, queue_.leases(), found->second);
    if (!line) return line.error();
    const auto row = host_row(*line);
    document.chips.push_back(row[1]);
    page::Section state;
    if (!row[2].text.empty()) state.blocks.push_back(page::Note{{row[2]}, row[1].tone == "failed" ? "failed" : "", false});
    if (!row[3].text.empty()) state.blocks.push_back(page::Note{{{.text = "Waiting for it: " + row[3].text}}, {}, true});
    if (!state.blocks.empty()) document.sections.push_back(std::move(state));
  }
  if (machine != lab_.config.machines.end())
    document.sections.push_back({"Configuration",
                                 "configuration",
                                 {machine_facts(machine->second, found == lab_.config.hosts.end() ? nullptr : &found->second)}});
  auto probe = lab_.hosts.probe(name);
  if (!probe) return probe.error();
  if (*probe) {
    page::Table table{"Looked at " + time_text((**probe).time),
                      {{"what"}, {""}, {.head = "found", .whole = true}, {"what mends it"}},
                      {},
                      "",
                      false};
    for (const auto& finding : (**probe).findings)
      table.rows.push_back({{.text = finding.subject},
                            {.text = finding.good ? "good" : "bad", .tone = finding.good ? "ok" : "failed", .chip = true},
                            {.text = finding.text},
                            {.text = finding.remedy}});
    document.sections.push_back({"Latest look", "probe", {std::move(table)}});
  }
  if (!boots->empty())
    if (auto facts = lab_.boots.fingerprint(boots->front().id); facts && !facts->empty())
      document.sections.push_back({"What it was at its newest boot", "fingerprint", {facts_block(*facts)}});
  auto floors = lab_.trends.floors(name);
  if (!floors) return floors.error();
  auto floor_section = floors_section(lab_, name, *floors);
  if (!floor_section) return floor_section.error();
  document.sections.push_back(std::move(*floor_section));
  document.sections.push_back(boots_of_host(*boots));
  auto events = lab_.hosts.events(name, events_shown);
  if (!events) return events.error();
  if (!events->empty()) {
    page::Table table{"", {{.head = "time", .whole = true}, {"event"}, {""}}, {}, "", true};
    for (const auto& event : *events)
      table.rows.push_back({{.text = time_text(event.time)}, {.text = event.kind}, {.text = event.text}});
    document.sections.push_back({"What happened to it", "events", {std::move(table)}});
  }
  document.sections.push_back(
      {"",
       "",
       {page::Note{{{.text = "Experiments on " + name, .href = page::address("/experiments", {{"machine", name}})}}, {}, true}}});
  return document;
}

Pages::Page Pages::workloads() {
  page::Document document;
  document.title = "Workloads";
  document.place = "/workloads";
  page::Table table{"", {{"workload"}, {"what it measures"}, {"cases", true}, {"metrics", true}}, {}, "There are none.", false};
  std::vector<std::filesystem::path> folders;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(lab_.config.workloads(), error))
    if (entry.is_directory(error)) folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  for (const auto& folder : folders) {
    auto definition = load_workload(folder);
    const std::string name = folder.filename().string();
    const std::string href = "/workloads/" + page::segment(name);
    if (!definition) {
      table.rows.push_back(
          {{.text = name, .href = href}, {.text = definition.error().message, .tone = "failed"}, {.text = ""}, {.text = ""}});
      continue;
    }
    table.rows.push_back({{.text = name, .href = href},
                          {.text = definition->description},
                          {.text = fmt::format("{}", definition->case_names().size()), .href = href + "#cases"},
                          {.text = fmt::format("{}", definition->metrics.size()), .href = href + "#metrics"}});
  }
  document.sections.push_back({"", "", {std::move(table)}});
  return document;
}

Pages::Page Pages::workload(const std::string& name) {
  auto newest = lab_.experiments.list({.workload = name, .limit = 12});
  if (!newest) return newest.error();
  const auto folder = lab_.config.workloads() / name;
  auto definition = load_workload(folder);
  std::error_code error;
  if (!definition && newest->empty() && !std::filesystem::is_directory(folder, error))
    return input_error("cannot find the workload \"{}\"; the page of workloads has all there are", printable(name));
  page::Document document;
  document.title = name;
  document.place = "/workloads";
  document.trail = {{.text = "Workloads", .href = "/workloads"}, {.text = "/"}, {.text = name}};
  if (!definition) {
    document.sections.push_back({"", "", {page::Note{{{.text = definition.error().message}}, "failed", false}}});
  } else {
    document.lead = definition->description;
    page::Table metrics{
        "", {{"metric"}, {"unit"}, {"better"}, {"in the family"}, {"least change that matters", true}}, {}, "", false};
    for (const auto& m : definition->metrics)
      metrics.rows.push_back({{.text = m.name},
                              {.text = m.unit},
                              {.text = std::string(klab::name(m.better))},
                              {.text = m.primary ? "yes" : "no"},
                              {.text = m.min_change > 0.0 ? report::value_text(m.min_change) : ""}});
    document.sections.push_back({"Metrics", "metrics", {std::move(metrics)}});
    page::Chips cases;
    for (const auto& one : definition->case_names()) cases.chips.push_back({.text = one.empty() ? "one case" : one});
    document.sections.push_back({"Cases", "cases", {std::move(cases)}});
    page::Table parameters{"", {{"parameter"}, {"default"}, {"what it is"}}, {}, "It has none.", false};
    for (const auto& [key, parameter] : definition->parameters)
      parameters.rows.push_back(
          {{.text = key, .code = true}, {.text = parameter.default_value}, {.text = parameter.description}});
    document.sections.push_back({"Parameters", "parameters", {std::move(parameters)}});
    page::Facts needs;
    const auto add = [&](const char* term, std::string text) {
      if (!text.empty()) needs.facts.push_back({term, {{.text = std::move(text)}}});
    };
    add("passes kept", fmt::format("{}, after one to warm up; each within {}", definition->passes,
                                   span_text(static_cast<double>(definition->pass_timeout.count()))));
    add("kconfig", join(definition->kconfigs, ", "));
    add("command line", definition->command_line);
    add("instrument", definition->instrument);
    add("hash of its source", definition->hash);
    document.sections.push_back({"What it needs", "needs", {std::move(needs)}});
  }
  document.sections.push_back(
      {"Newest experiments",
       "experiments",
       {finished_table(*newest, "None yet."),
        page::Note{{{.text = "All of them", .href = page::address("/experiments", {{"workload", name}})}}, {}, true}}});
  if (auto readme = read_file(folder / "README.md")) document.sections.push_back({"README", "readme", {page::Pre{"", *readme}}});
  return document;
}

}  // namespace klab
