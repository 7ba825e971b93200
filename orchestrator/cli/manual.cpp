// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "cli/command_model.hpp"
#include "cli/completion.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace {

// Text for roff: no character of it is an instruction.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') out += "\\e";
    else if (c == '-') out += "\\-";
    else if (c == '\'' || c == '.') out += (out.empty() ? "\\&" : "") + std::string(1, c);
    else out += c;
  }
  return out;
}

std::string options_of(const CommandModel& command) {
  std::string out;
  for (const auto& option : command.options) {
    if (option.names.empty() && option.description.empty()) continue;
    out += ".TP\n";
    if (option.names.empty()) out += "\\fI" + roff(option.positional) + "\\fR\n";
    else {
      std::vector<std::string> names;
      for (const auto& name : option.names) names.push_back("\\fB" + roff(name) + "\\fR");
      out += join(names, ", ") + (option.value.empty() ? "" : " \\fI" + roff(option.value) + "\\fR") + "\n";
    }
    out += roff(option.description) + "\n";
  }
  return out;
}

void command_section(const CommandModel& command, const std::string& path, std::string& out) {
  if (!command.verbs.empty()) {
    for (const auto& verb : command.verbs) command_section(verb, path + " " + verb.name, out);
    return;
  }
  std::string arguments;
  for (const auto& option : command.options)
    if (option.names.empty() && !option.positional.empty()) arguments += " \\fI" + roff(option.positional) + "\\fR";
  out += fmt::format(".SS {}{} [\\fIoptions\\fR]\n{}\n", roff(path), arguments, roff(command.description));
  CommandModel without_help = command;
  std::erase_if(without_help.options, [](const OptionModel& option) { return !option.names.empty() && option.names.front() == "--help"; });
  out += options_of(without_help);
}

}  // namespace

std::string manual_sections(const CLI::App& app) {
  const auto program = command_model(app);
  std::string out = ".SH OPTIONS\nThese stand before or behind a command.\n" + options_of(program) + ".SH COMMANDS\n";
  for (const auto& command : program.verbs) command_section(command, "klab " + command.name, out);
  return out;
}

}  // namespace klab::cli
