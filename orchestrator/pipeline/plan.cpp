// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/plan.hpp"

#include <algorithm>
#include <set>

#include "intake/gather.hpp"
#include "intake/read_series.hpp"
#include "machine/netboot.hpp"
#include "model/experiment_json.hpp"
#include "pipeline/place.hpp"
#include "util/file.hpp"
#include "util/text.hpp"
#include "workload/definition.hpp"

namespace klab {
namespace {

bool plain_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && text.front() != '.' && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == '+'; });
}

template <class Map>
std::string known(const Map& map) {
  std::vector<std::string> names;
  for (const auto& entry : map) names.push_back(entry.first);
  return join(names, ", ");
}

// Where every arm asks for chosen parts, the others may be missing from the mailbox.
std::optional<PatchRange> wanted_parts(const ExperimentRequest& experiment, const std::string& series) {
  std::optional<PatchRange> wanted;
  for (const auto& arm : experiment.arms) {
    if (arm.series != series) continue;
    if (!arm.patches) return std::nullopt;
    if (!wanted) wanted = arm.patches;
    wanted->first = std::min(wanted->first, arm.patches->first);
    wanted->last = std::max(wanted->last, arm.patches->last);
  }
  return wanted;
}

Result<Series> read_requested_series(const ExperimentRequest& experiment, const SeriesRequest& request) {
  std::vector<RawSource> sources;
  for (const auto& source : request.sources) sources.push_back({source.name, source.bytes});
  IntakeOptions options;
  options.version = request.version;
  options.range = wanted_parts(experiment, request.name);
  return read_series(sources, options);
}

// What the workloads of an experiment need of every arm's kernel.
struct Needs {
  std::vector<std::string> kconfigs;
  std::vector<std::string> words;  // of the kernel's command line
};

std::string_view key_of(std::string_view word) { return word.substr(0, word.find('=')); }

std::vector<std::string> words_of(std::string_view line) {
  auto words = split(line, ' ');
  std::erase(words, "");
  return words;
}

Result<Kconfig> read_kconfig(const ArmRequest& arm, const Config& config, Architecture architecture, const Needs& needs) {
  Kconfig kconfig;
  kconfig.base = arm.kconfig_base.empty() ? config.defaults.kconfig_base : arm.kconfig_base;
  if (!plain_name(kconfig.base))
    return input_error("cannot use the kconfig base \"{}\" of arm \"{}\": give a make target such as tinyconfig",
                       printable(kconfig.base), arm.label);
  auto names = arm.kconfigs.empty() ? config.defaults.kconfigs : arm.kconfigs;
  for (const auto& needed : needs.kconfigs)
    if (std::find(names.begin(), names.end(), needed) == names.end()) names.push_back(needed);
  for (const auto& fragment : names) {
    const auto path = config.kconfigs() / (fragment + ".config");
    if (!plain_name(fragment) || !std::filesystem::exists(path))
      return input_error("cannot use the kconfig \"{}\" of arm \"{}\": no such file as \"{}\"", printable(fragment),
                         arm.label, (config.kconfigs() / (printable(fragment) + ".config")).string());
    auto text = read_file(path);
    if (!text) return text.error();
    // What a fragment needs on one architecture only stands in a second file beside it.
    const auto own = config.kconfigs() / fmt::format("{}.{}.config", fragment, name(architecture));
    if (std::filesystem::exists(own)) {
      auto more = read_file(own);
      if (!more) return more.error();
      *text += *more;
    }
    kconfig.fragments.push_back({fragment, std::move(*text)});
  }
  return kconfig;
}

Result<std::string> read_command_line(const ArmRequest& arm, const Config& config, const Needs& needs) {
  auto text = arm.command_line.value_or(config.defaults.command_line);
  if (text.size() > 1024 || printable(text) != text)
    return input_error("cannot use the command line of arm \"{}\": at most 1024 printable characters", arm.label);
  // What the user says of a parameter stands: which CPU is isolated, for one.
  const auto own = words_of(text);
  for (const auto& word : needs.words)
    if (std::none_of(own.begin(), own.end(), [&](const auto& w) { return key_of(w) == key_of(word); }))
      text += (text.empty() ? "" : " ") + word;
  return text;
}

Result<ArmPlan> plan_arm(const ArmRequest& request, const Config& config, const ExperimentRequest& experiment,
                         const std::vector<Series>& series, Needs needs) {
  ArmPlan arm;
  arm.label = request.label;
  if (!plain_name(arm.label))
    return input_error("cannot use the arm \"{}\": a label is 1 to 64 letters, digits, '-', '_', '+' or '.'",
                       printable(arm.label));
  arm.tree = request.tree.empty() ? config.defaults.tree : request.tree;
  if (!config.trees.count(arm.tree))
    return input_error("cannot use the tree \"{}\" of arm \"{}\": configured are {}", printable(arm.tree), arm.label,
                       known(config.trees));
  auto place = find_place(request, config);
  if (!place) return place.error();
  arm.machine = place->machine;
  if (place->selected) arm.machine_request = place->machine;
  arm.architecture = place->architecture;
  needs.kconfigs.insert(needs.kconfigs.end(), place->kconfigs.begin(), place->kconfigs.end());
  arm.base = request.base;
  if (arm.base.size() > 256 || arm.base.starts_with('-') || printable(arm.base) != arm.base)
    return input_error("cannot use the base \"{}\" of arm \"{}\": give a commit, tag or branch", printable(arm.base), arm.label);
  if (!request.series.empty()) {
    const auto found = std::find_if(experiment.series.begin(), experiment.series.end(),
                                    [&](const SeriesRequest& s) { return s.name == request.series; });
    if (found == experiment.series.end())
      return input_error("cannot use the series \"{}\" of arm \"{}\": the request has no such series",
                         printable(request.series), arm.label);
    arm.series = static_cast<std::size_t>(found - experiment.series.begin());
    const auto& patches = series.at(*arm.series).patches;
    if (request.patches && (patches.empty() || request.patches->last > patches.back().number))
      return input_error("cannot use the patches {} of arm \"{}\": the series has {}", format_patch_range(*request.patches),
                         arm.label, patches.empty() ? 0 : patches.back().number);
    arm.patches = request.patches;
  } else if (request.patches) {
    return input_error("cannot use patches of arm \"{}\": it has no series", arm.label);
  }
  auto kconfig = read_kconfig(request, config, arm.architecture, needs);
  if (!kconfig) return kconfig.error();
  arm.kconfig = std::move(*kconfig);
  auto command_line = read_command_line(request, config, needs);
  if (!command_line) return command_line.error();
  arm.command_line = std::move(*command_line);
  // A host would only refuse it when its turn has come.
  if (place->selected || config.machines.at(place->machine).driver == "ipmi")
    if (auto checked = check_netboot_line(arm.command_line); !checked) return checked.error();
  for (const auto* text : {&request.title, &request.heading})
    if (text->size() > 200 || printable(*text) != *text)
      return input_error("cannot use the title of arm \"{}\": at most 200 printable characters", arm.label);
  arm.title = request.title;
  arm.heading = request.heading;
  return arm;
}

Result<void> plan_contrasts(const ExperimentRequest& request, ExperimentPlan& plan) {
  const auto index_of = [&](const std::string& label) {
    const auto found = std::find_if(plan.arms.begin(), plan.arms.end(), [&](const ArmPlan& a) { return a.label == label; });
    return static_cast<std::size_t>(found - plan.arms.begin());
  };
  if (request.contrasts.empty()) {
    for (std::size_t i = 1; i < plan.arms.size(); ++i)
      if (plan.arms[i].machine == plan.arms[0].machine) plan.contrasts.emplace_back(0, i);
  }
  for (const auto& contrast : request.contrasts) {
    const auto reference = index_of(contrast.reference);
    const auto patched = index_of(contrast.patched);
    if (reference == plan.arms.size() || patched == plan.arms.size())
      return input_error("cannot compare \"{}\" with \"{}\": both must be labels of arms", printable(contrast.patched),
                         printable(contrast.reference));
    if (reference == patched) return input_error("cannot compare arm \"{}\" with itself; add a second arm", contrast.reference);
    if (plan.arms[reference].machine != plan.arms[patched].machine)
      return input_error("cannot compare \"{}\" with \"{}\": they run on different machines", contrast.patched, contrast.reference);
    plan.contrasts.emplace_back(reference, patched);
  }
  if (plan.contrasts.empty()) return input_error("cannot plan the experiment: it compares nothing; give two arms on one machine");
  return {};
}

// A series of the lab's own that makes visible what a workload counts; not what is compared.
Result<std::size_t> add_instrument(const WorkloadDefinition& definition, const Config& config, ExperimentPlan& plan) {
  const auto folder = config.share / "patches" / definition.instrument;
  auto sources = gather({folder.string()}, {}, config.share);
  if (!sources) return sources.error();
  auto series = read_series(*sources, {});
  if (!series) return series.error();
  plan.series.push_back(std::move(*series));
  return plan.series.size() - 1;
}

Result<void> plan_workloads(const ExperimentRequest& request, const Config& config, ExperimentPlan& plan, Needs& needs) {
  std::set<std::string> seen;
  for (const auto& text : request.workloads.empty() ? config.defaults.workloads : request.workloads) {
    const std::string name(requested_workload(text));
    const auto folder = config.workloads() / name;
    if (!plain_name(name) || !std::filesystem::exists(folder / "workload.toml"))
      return input_error("cannot use the workload \"{}\": no workload.toml in \"{}\"", printable(text),
                         (config.workloads() / printable(name)).string());
    auto definition = load_workload(folder);
    if (!definition) return definition.error();
    auto run = resolve(*definition, text);
    if (!run) return run.error();
    if (!seen.insert(name).second)
      return input_error("cannot use the workload \"{}\" twice in one experiment", name);
    auto& planned = plan.workloads.emplace_back();
    planned = {name, text, definition->hash, run->parameters, definition->metrics, definition->facts, std::nullopt};
    if (!definition->instrument.empty()) {
      auto instrument = add_instrument(*definition, config, plan);
      if (!instrument) return instrument.error();
      planned.instrument = *instrument;
    }
    needs.kconfigs.insert(needs.kconfigs.end(), definition->kconfigs.begin(), definition->kconfigs.end());
    const auto words = words_of(definition->command_line);
    needs.words.insert(needs.words.end(), words.begin(), words.end());
  }
  return {};
}

}  // namespace

Result<ExperimentPlan> make_plan(const ExperimentRequest& request, const Config& config, const std::string& submitter,
                                 std::uint64_t seed) {
  ExperimentPlan plan;
  plan.submitter = submitter;
  plan.boots = request.boots.value_or(config.defaults.boots);
  plan.seed = request.seed.value_or(seed);
  plan.delta = request.delta.value_or(config.defaults.delta);
  plan.profile = request.profile;
  plan.confirm = request.confirm;
  if (plan.boots < 1 || plan.boots > 100)
    return input_error("cannot use boots = {}: give 1 to 100 boots per arm", plan.boots);
  if (plan.seed == 0 || plan.seed >= 1ull << 53) return input_error("cannot use seed = {}: give 1 to 2^53 - 1", plan.seed);
  if (!(plan.delta >= 0.0 && plan.delta <= 1.0)) return input_error("cannot use delta = {}: give 0 to 1", plan.delta);
  if (request.arms.size() < 2 || request.arms.size() > 16)
    return input_error("cannot plan the experiment: it has {} arms, give 2 to 16", request.arms.size());

  for (const auto& entry : request.series) {
    auto series = read_requested_series(request, entry);
    if (!series) return series.error();
    plan.series.push_back(std::move(*series));
  }
  const auto requested_series = plan.series.size();
  Needs needs;
  if (auto workloads = plan_workloads(request, config, plan, needs); !workloads) return workloads.error();
  std::set<std::string> labels;
  for (const auto& entry : request.arms) {
    auto arm = plan_arm(entry, config, request, plan.series, needs);
    if (!arm) return arm.error();
    if (!labels.insert(arm->label).second) return input_error("cannot use the label \"{}\" for two arms", arm->label);
    plan.arms.push_back(std::move(*arm));
  }
  if (auto apart = check_hosts_apart(plan, config); !apart) return apart.error();
  if (auto contrasts = plan_contrasts(request, plan); !contrasts) return contrasts.error();
  plan.title = printable(request.title);
  if (plan.title.empty() && requested_series > 0) plan.title = printable(plan.series.front().title);
  if (plan.title.empty()) plan.title = plan.arms.back().label + " against " + plan.arms.front().label;
  return plan;
}

}  // namespace klab
