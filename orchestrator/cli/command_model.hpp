// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace klab::cli {

// What of CLI11's model completion and manual page are written from.
struct OptionModel {
  std::vector<std::string> names;  // "--boots", "-h"; empty for a positional
  std::string positional;
  std::string value;        // "FILE"; empty: a flag
  std::string description;
  std::string kind;         // of names for `klab names`; "files"; "words"; or empty
  std::vector<std::string> words;  // of kind "words"
};
struct CommandModel {
  std::string name;
  std::string description;
  std::vector<OptionModel> options;
  std::vector<CommandModel> verbs;
};

CommandModel command_model(const CLI::App& program);

}  // namespace klab::cli
