// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command_model.hpp"

#include <algorithm>

#include "util/text.hpp"

namespace klab::cli {
namespace {

// What a value is, by the names that options and arguments have in this program.
void set_kind(const CLI::App& command, const CLI::Option& option, OptionModel& model) {
  const std::string name = model.names.empty() ? model.positional : model.names.front();
  const auto one_of = [](const std::string& text, std::initializer_list<const char*> all) {
    return std::find(all.begin(), all.end(), text) != all.end();
  };
  const bool of_host = command.get_parent() != nullptr && command.get_parent()->get_name() == "host";
  const bool of_matrix = command.get_parent() != nullptr && command.get_parent()->get_name() == "matrix";
  if (one_of(name, {"--config", "--socket", "--output", "--repository", "FILE", "SERIES"})) model.kind = "files";
  else if (name == "N" || name == "--experiment") model.kind = "experiments";
  else if (of_host && name == "NAME") model.kind = "hosts";
  else if ((of_matrix && name == "NAME") || one_of(name, {"MATRIX", "--matrix"})) model.kind = "matrices";
  else if (name == "--machine") model.kind = "machines";
  else if (name == "--tree") model.kind = "trees";
  else if (name == "--workload") model.kind = "workloads";
  else if (name == "--kconfig") model.kind = "kconfigs";
  // "{text,html}" is how CLI11 writes the words that a value must be one of.
  const std::string type = option.get_type_name();
  const auto open = type.find('{'), close = type.find('}');
  if (open != type.npos && close != type.npos && open < close) {
    model.kind = "words";
    model.words = split(type.substr(open + 1, close - open - 1), ',');
  }
}

OptionModel option_model(const CLI::App& command, const CLI::Option& option) {
  OptionModel model;
  for (const auto& name : option.get_lnames()) model.names.push_back("--" + name);
  for (const auto& name : option.get_snames()) model.names.push_back("-" + name);
  if (option.get_positional()) model.positional = option.get_name(true);
  if (option.get_expected_max() > 0 && option.get_items_expected_max() > 0) {
    model.value = option.get_type_name();
    // What follows the name of the type is what is checked.
    std::size_t end = model.value.find_first_of(" :{");
    if (end != model.value.npos && end > 0 && model.value[end - 1] == '[') end = model.value.npos;  // "W[:param=value]"
    model.value = model.value.substr(0, end);
    if (model.value.empty()) model.value = "VALUE";
  }
  model.description = option.get_description();
  set_kind(command, option, model);
  return model;
}

}  // namespace

CommandModel command_model(const CLI::App& program) {
  CommandModel model{program.get_name(), program.get_description(), {}, {}};
  for (const auto* option : program.get_options())
    if (!option->get_group().empty()) model.options.push_back(option_model(program, *option));
  for (const auto* verb : program.get_subcommands([](const CLI::App* sub) { return !sub->get_group().empty(); }))
    model.verbs.push_back(command_model(*verb));
  return model;
}

}  // namespace klab::cli
