// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/reproducer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "model/experiment_json.hpp"
#include "report/layout.hpp"
#include "report/mail_headers.hpp"
#include "report/numbers.hpp"
#include "util/text.hpp"

namespace klab::report {
namespace {

std::string place(const ArmPlan& arm) { return arm.machine_request.empty() ? arm.machine : arm.machine_request; }

std::vector<std::string> fragment_names(const ArmPlan& arm) {
  std::vector<std::string> names;
  for (const auto& fragment : arm.kconfig.fragments) names.push_back(fragment.name);
  return names;
}

bool same_but_for_patches(const ArmPlan& a, const ArmPlan& b) {
  return a.tree == b.tree && a.kconfig.base == b.kconfig.base && a.command_line == b.command_line && fragment_names(a) == fragment_names(b);
}
bool same_patches(const ArmPlan& a, const ArmPlan& b) {
  const auto range = [](const ArmPlan& arm) { return arm.patches ? format_patch_range(*arm.patches) : std::string(); };
  return a.series == b.series && range(a) == range(b);
}

// One machine's arms, where all machines have the same ones.
std::vector<const ArmPlan*> arms_of_one_machine(const ExperimentPlan& plan, std::vector<std::string>& machines) {
  std::vector<const ArmPlan*> first;
  for (const auto& arm : plan.arms) {
    if (std::find(machines.begin(), machines.end(), place(arm)) == machines.end()) machines.push_back(place(arm));
    if (place(arm) == machines.front()) first.push_back(&arm);
  }
  if (first.empty() || first.size() * machines.size() != plan.arms.size()) return {};
  for (std::size_t i = 0; i < plan.arms.size(); ++i)
    if (place(plan.arms[i]) != machines[i / first.size()] || !same_patches(plan.arms[i], *first[i % first.size()]) ||
        !same_but_for_patches(plan.arms[i], *first[i % first.size()]))
      return {};
  return first;
}

std::string source_word(const ExperimentPlan& plan, const ArmPlan& arm) {
  const auto id = thread_message_id(plan.series.at(*arm.series));
  // It comes out of a mail, and a command is pasted: it must not be an option, nor anything but a Message-ID.
  return is_message_id(id) && !id.starts_with('-') ? id : "series.mbox";
}

// What is compared: the part of the command that differs from one kind of comparison to the other.
std::optional<std::vector<std::string>> compared(const ExperimentPlan& plan, const std::vector<const ArmPlan*>& arms) {
  const auto& first = *arms.front();
  const bool whole_tree_first = !first.series;
  if (arms.size() == 2 && whole_tree_first && !arms[1]->series) return std::vector<std::string>{"--aa"};
  if (whole_tree_first) {
    std::vector<std::string> ends;
    for (std::size_t i = 1; i < arms.size(); ++i) {
      if (!arms[i]->series || arms[i]->series != arms[1]->series) return std::nullopt;
      if (arms.size() > 2 && (!arms[i]->patches || arms[i]->patches->first != 1)) return std::nullopt;
      if (arms[i]->patches) ends.push_back(fmt::format("{}", arms[i]->patches->last));
    }
    std::vector<std::string> words{source_word(plan, *arms[1])};
    if (arms.size() > 2) words.insert(words.end(), {"--prefixes", join(ends, ",")});
    else if (arms[1]->patches) words.insert(words.end(), {"--patches", format_patch_range(*arms[1]->patches)});
    if (const auto& series = plan.series.at(*arms[1]->series); series.versions.size() > 1)
      words.insert(words.end(), {"--version", fmt::format("{}", series.version)});
    return words;
  }
  std::vector<std::string> versions;
  for (const auto* arm : arms) {
    if (!arm->series || arm->patches) return std::nullopt;
    versions.push_back(fmt::format("{}", plan.series.at(*arm->series).version));
  }
  if (std::set(versions.begin(), versions.end()).size() != arms.size()) return std::nullopt;
  return std::vector<std::string>{source_word(plan, *arms.back()), "--versions", join(versions, ",")};
}

}  // namespace

std::string thread_message_id(const Series& series) {
  if (!series.cover_message_id.empty()) return series.cover_message_id;
  return series.patches.empty() ? std::string() : series.patches.front().message_id;
}

std::optional<std::vector<std::string>> submit_words(const ExperimentPlan& plan, const std::vector<std::string>& commits) {
  std::vector<std::string> machines;
  const auto arms = arms_of_one_machine(plan, machines);
  if (arms.size() < 2) return std::nullopt;
  for (const auto* arm : arms)
    if (!same_but_for_patches(*arm, *arms.front())) return std::nullopt;
  const auto what = compared(plan, arms);
  if (!what) return std::nullopt;

  const auto& arm = *arms.front();
  std::vector<std::string> words{"klab", "submit"};
  words.insert(words.end(), what->begin(), what->end());
  const auto add = [&](const char* option, const std::string& value) {
    if (!value.empty()) words.insert(words.end(), {option, value});
  };
  add("--tree", arm.tree);
  // Versions of a series stand each on its own base.
  if (!arm.series && !commits.empty()) add("--base", commits.front().substr(0, 16));
  if (arm.kconfig.base != "tinyconfig") add("--kconfig-base", arm.kconfig.base);
  add("--kconfig", join(fragment_names(arm), ","));
  words.insert(words.end(), {"--cmdline", arm.command_line});  // without it whoever runs it gets his configuration's
  for (const auto& machine : machines) add("--machine", machine);
  for (const auto& workload : plan.workloads) add("--workload", workload.request);
  add("--boots", fmt::format("{}", plan.boots));
  add("--seed", fmt::format("{}", plan.seed));
  add("--delta", raw_number(plan.delta));
  if (plan.profile) words.push_back("--profile");
  return words;
}

std::string shell_command(const std::vector<std::string>& words, std::size_t width) {
  constexpr std::size_t indent = 2, further = 6;
  const std::size_t most = width - further - 2;  // " \" closes a line that goes on
  std::string out(indent, ' ');
  std::size_t used = indent;
  bool begins = true;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    std::string rest = shell_quote(word);
    // An option stands on one line with its value.
    const bool has_value = word.starts_with("--") && i + 1 < words.size() && !words[i + 1].starts_with("--");
    const std::size_t together = columns(rest) + (has_value ? 1 + std::min(columns(shell_quote(words[i + 1])), most - columns(rest) - 1) : 0);
    if (!begins && used + 1 + together + 2 > width && !(i > 0 && words[i - 1].starts_with("--") && used + 1 + columns(rest) + 2 <= width)) {
      out += " \\\n" + std::string(further, ' ');
      used = further;
      begins = true;
    }
    if (!begins) out += ' ', ++used;
    begins = false;
    // A word that is wider than a line is broken where the shell joins it again: between two quoted parts.
    if (columns(rest) > most) {
      std::string raw = word;
      while (columns(shell_quote(raw)) > most - 4) {
        std::size_t cut = std::min<std::size_t>(raw.size(), 24);
        while (cut > 1 && (static_cast<unsigned char>(raw[cut]) & 0xC0) == 0x80) --cut;
        out += shell_quote(raw.substr(0, cut)) + "\\\n";
        raw.erase(0, cut);
      }
      rest = shell_quote(raw);
      used = 0;
    }
    out += rest;
    used += columns(rest);
  }
  return out + "\n";
}

}  // namespace klab::report
