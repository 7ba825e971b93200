// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/completion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <ostream>
#include <set>

#include "cli/command_model.hpp"
#include "cli/exit_codes.hpp"
#include "cli/json_read.hpp"
#include "config/matrix_file.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace fs = std::filesystem;
namespace {

std::string names_of(const CommandModel& command) {
  std::vector<std::string> words;
  for (const auto& option : command.options) words.insert(words.end(), option.names.begin(), option.names.end());
  for (const auto& verb : command.verbs) words.push_back(verb.name);
  return join(words, " ");
}

// The bash that fills `words` with what may follow.
std::string bash_values(const OptionModel& option) {
  if (option.kind == "words") return fmt::format("words=\"{}\"", join(option.words, " "));
  if (option.kind == "files") return "files=yes";
  if (!option.kind.empty()) return fmt::format("words=$(klab names {} 2>/dev/null)", option.kind);
  return "words=";
}

void bash_cases(const CommandModel& command, const std::string& path, const CommandModel& program, std::string& out) {
  out += fmt::format("  \"{}\")\n    case $previous in\n", path);
  const auto of_options = [&](const CommandModel& from) {
    for (const auto& option : from.options)
      if (!option.names.empty() && !option.value.empty()) out += fmt::format("    {}) {}; value=yes ;;\n", join(option.names, " | "), bash_values(option));
  };
  of_options(command);
  if (&command != &program) of_options(program);
  out += "    esac\n";
  std::string words = names_of(command);
  if (&command != &program)
    for (const auto& option : program.options)
      for (const auto& name : option.names)
        if (name != "--version" && (" " + words + " ").find(" " + name + " ") == words.npos) words += " " + name;
  out += fmt::format("    [ -n \"$value\" ] || {{\n      words=\"{}\"\n", words);
  for (const auto& option : command.options)
    if (!option.positional.empty() && option.names.empty())
      out += option.kind == "files" ? "      files=yes\n" : option.kind.empty() || option.kind == "words" ? fmt::format("      words+=\" {}\"\n", join(option.words, " ")) : fmt::format("      [[ $current == -* ]] || words+=\" $(klab names {} 2>/dev/null)\"\n", option.kind);
  out += "    }\n    ;;\n";
  for (const auto& verb : command.verbs) bash_cases(verb, path.empty() ? verb.name : path + " " + verb.name, program, out);
}

void collect(const CommandModel& command, const std::string& path, std::set<std::string>& paths, std::set<std::string>& with_value) {
  paths.insert(path);
  for (const auto& option : command.options)
    if (!option.value.empty()) with_value.insert(option.names.begin(), option.names.end());
  for (const auto& verb : command.verbs) collect(verb, path.empty() ? verb.name : path + " " + verb.name, paths, with_value);
}

// Inside the single quotes of one specification of _arguments.
std::string zsh_quoted(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') out += "'\\''";
    else if (c == '[' || c == ']' || c == ':' || c == '\\') out += std::string("\\") + c;
    else out += c;
  }
  return out;
}

std::string zsh_values(const OptionModel& option) {
  if (option.kind == "words") return "(" + join(option.words, " ") + ")";
  if (option.kind == "files") return "_files";
  if (!option.kind.empty()) return fmt::format("{{_klab_names {}}}", option.kind);
  return " ";
}

std::string zsh_specifications(const CommandModel& command, const std::string& indent) {
  std::string out;
  for (const auto& option : command.options) {
    const std::string value = option.value.empty() ? "" : fmt::format(":{}:{}", zsh_quoted(option.value), zsh_values(option));
    for (const auto& name : option.names) out += fmt::format(" \\\n{}'*{}[{}]{}'", indent, name, zsh_quoted(option.description), value);
    if (option.names.empty() && !option.positional.empty()) out += fmt::format(" \\\n{}'*:{}:{}'", indent, zsh_quoted(option.positional), zsh_values(option));
  }
  return out;
}

std::string zsh_described(const CommandModel& command) {
  std::string out;
  for (const auto& verb : command.verbs) out += fmt::format(" '{}:{}'", verb.name, zsh_quoted(verb.description));
  return out;
}

std::vector<std::string> folders(const fs::path& directory, const std::string& extension) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    const auto path = entry.path();
    if (extension.empty() ? fs::exists(path / "workload.toml", ignored) : path.extension() == extension && path.stem().extension().empty())
      names.push_back(path.stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// bash expands the words that it is to choose from: a name with $(...) in it would be run by the next TAB.
bool is_plain_word(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return (c < 128 && std::isalnum(c)) || std::string_view("._:@+=,-").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

template <class Map>
std::vector<std::string> keys(const Map& map) {
  std::vector<std::string> names;
  for (const auto& entry : map) names.push_back(entry.first);
  return names;
}

}  // namespace

std::string bash_completion(const CLI::App& app) {
  const auto program = command_model(app);
  std::set<std::string> paths, with_value;
  collect(program, "", paths, with_value);
  std::string out =
      "# bash completion for klab. Written by: klab completion bash\n"
      "_klab() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} path= word= longer= words= files= value= i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    word=${COMP_WORDS[i]}\n"
      "    case $word in\n";
  out += fmt::format("    {}) i=$((i + 1)); continue ;;\n", join({with_value.begin(), with_value.end()}, " | "));
  out += "    -*) continue ;;\n    esac\n    longer=${path:+$path }$word\n    case $longer in\n";
  std::vector<std::string> known;
  for (const auto& path : paths)
    if (!path.empty()) known.push_back("\"" + path + "\"");
  out += fmt::format("    {}) path=$longer ;;\n    esac\n  done\n  case $path in\n", join(known, " | "));
  bash_cases(program, "", program, out);
  out +=
      "  esac\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
      "  [ -z \"$files\" ] || COMPREPLY+=($(compgen -f -- \"$current\"))\n"
      "}\n"
      "complete -o filenames -F _klab klab\n";
  return out;
}

std::string zsh_completion(const CLI::App& app) {
  const auto program = command_model(app);
  std::string out =
      "#compdef klab\n"
      "# Written by: klab completion zsh\n"
      "_klab_names() {\n"
      "  local -a names\n"
      "  names=(${(f)\"$(klab names $1 2>/dev/null)\"})\n"
      "  compadd -a names\n"
      "}\n"
      "_klab() {\n"
      "  local state line\n"
      "  local -a verbs\n";
  out += fmt::format("  _arguments -C{} \\\n    '1:command:->command' '*::argument:->argument'\n", zsh_specifications(program, "    "));
  out += fmt::format("  case $state in\n  command)\n    verbs=({})\n    _describe command verbs\n    ;;\n  argument)\n    case $words[1] in\n", zsh_described(program));
  for (const auto& command : program.verbs) {
    if (command.verbs.empty()) {
      out += fmt::format("    {})\n      _arguments{}\n      ;;\n", command.name, zsh_specifications(command, "        "));
      continue;
    }
    out += fmt::format("    {})\n      _arguments -C '1:verb:->verb' '*::argument:->rest'\n      case $state in\n      verb)\n        verbs=({})\n"
                       "        _describe verb verbs\n        ;;\n      rest)\n        case $words[1] in\n",
                       command.name, zsh_described(command));
    for (const auto& verb : command.verbs) out += fmt::format("        {}) _arguments{} ;;\n", verb.name, zsh_specifications(verb, "          "));
    out += "        esac\n        ;;\n      esac\n      ;;\n";
  }
  return out + "    esac\n    ;;\n  esac\n}\n_klab \"$@\"\n";
}

int print_names(Streams& streams, Client& client, const Config& config, const std::string& kind) {
  std::vector<std::string> names;
  if (kind == "experiments" || kind == "hosts") {
    client.set_limit(std::chrono::seconds(2));
    auto reply = client.get("/api/" + kind);
    auto answer = reply ? parse_object(*reply) : Result<boost::json::object>(reply.error());
    if (!answer) return exit_no_result;
    for (const auto& value : list(*answer, kind))
      names.push_back(kind == "hosts" ? text(as_object(value), "name") : fmt::format("{}", integer(as_object(value), "id")));
  } else if (!client.remote()) {
    if (kind == "machines") names = keys(config.machines);
    if (kind == "matrices") names = matrix_names(config);
    if (kind == "trees") names = keys(config.trees);
    if (kind == "workloads") names = folders(config.workloads(), "");
    if (kind == "kconfigs") names = folders(config.kconfigs(), ".config");
  }
  for (const auto& name : names)
    if (is_plain_word(name)) streams.out << name << '\n';
  return exit_same_or_better;
}

}  // namespace klab::cli
