// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>
#include <regex>
#include <set>

#include "cli/program.hpp"
#include "cli/responder.hpp"
#include "support/error_words.hpp"
#include "util/process.hpp"
#include "util/text.hpp"

using namespace klab;
using klab::cli::test::Responder;
using klab::cli::test::run_klab;

namespace {

// Commands and options as --help has them, the way a user finds them.
std::set<std::string> options_in_help(const std::vector<std::string>& command) {
  auto arguments = command;
  arguments.push_back("--help");
  const auto help = run_klab(arguments).out;
  const std::regex option("\\n  (?:-[a-z],)?(--[a-z0-9-]+)");
  std::set<std::string> found;
  for (std::sregex_iterator match(help.begin(), help.end(), option), end; match != end; ++match) found.insert((*match)[1]);
  return found;
}

std::vector<std::vector<std::string>> all_commands(const std::vector<std::string>& above = {}) {
  auto arguments = above;
  arguments.push_back("--help");
  const auto help = run_klab(arguments).out;
  std::vector<std::vector<std::string>> found{above};
  const auto from = help.find("\nSubcommands:\n");
  if (from == std::string::npos) return found;
  const std::regex name("\\n  ([a-z]+) ");
  const auto list = help.substr(from + 13, help.find("\n\n", from + 13) - from - 12);
  for (std::sregex_iterator match(list.begin(), list.end(), name), end; match != end; ++match) {
    auto command = above;
    command.push_back((*match)[1]);
    for (auto& deeper : all_commands(command)) found.push_back(std::move(deeper));
  }
  return found;
}

// What bash offers for a line, its last word to be completed.
std::set<std::string> offered(const std::vector<std::string>& line) {
  std::string words;
  for (const auto& word : line) words += " " + shell_quote(word);
  ProcessSpec spec;
  spec.argv = {"bash", "-c", "klab() { echo one; echo two; }\neval \"$(cat)\"\nCOMP_WORDS=(klab" + words + ")\nCOMP_CWORD=" +
                                 std::to_string(line.size()) + "\n_klab\nprintf '%s\\n' \"${COMPREPLY[@]}\""};
  spec.standard_input = run_klab({"completion", "bash"}).out;
  const auto ended = run_process_blocking(std::move(spec));
  REQUIRE(ended.has_value());
  CHECK(ended->err == "");
  const auto lines = split_lines(std::string(trim(ended->out)));
  return {lines.begin(), lines.end()};
}

}  // namespace

TEST_CASE("completion: every command and option of the help is offered by bash and named for zsh and in the manual") {
  const auto commands = all_commands();
  CHECK(commands.size() > 20);
  const auto zsh = run_klab({"completion", "zsh"}).out;
  const auto manual = std::regex_replace(run_klab({"manual"}).out, std::regex("\\\\-"), "-");
  for (const auto& command : commands) {
    auto line = command;
    line.push_back("-");
    const auto words = offered(line);
    for (const auto& option : options_in_help(command)) {
      INFO(join(command, " ") << " " << option);
      CHECK(words.count(option) == 1);
      CHECK(zsh.find("'*" + option + "[") != std::string::npos);
      CHECK((option == "--help" || manual.find("\\fB" + option + "\\fR") != std::string::npos));
    }
    if (command.empty()) continue;
    line = command;
    CHECK(offered(line).count(command.back()) == 1);
    CHECK(zsh.find("'" + command.back() + ":") != std::string::npos);
  }
}

TEST_CASE("completion: values, and what nobody types") {
  CHECK(offered({"report", "--format", "m"}) == std::set<std::string>{"mail"});
  CHECK(offered({"--config", "x", "host", "show", "t"}) == std::set<std::string>{"two"});
  CHECK(offered({"submit", "--machine", ""}) == std::set<std::string>{"one", "two"});
  CHECK(offered({"di"}).count("dial") == 0);
  CHECK(run_klab({"manual"}).out.find("dial") == std::string::npos);
}

TEST_CASE("completion: names come from klabd and from the configuration, or not at all") {
  Responder daemon({{"GET /api/hosts", {{200, R"({"hosts":[{"name":"host1"},{"name":"host2"}]})", ""}}}});
  CHECK(run_klab({"names", "hosts", "--socket", daemon.socket().string()}).out == "host1\nhost2\n");
  const std::string names = R"j({"hosts":[{"name":"host1"},{"name":"$(touch x)"},{"name":"a`id`"},{"name":"a b"},{"name":""},{"name":"h2.x-y_z"}]})j";
  Responder strange({{"GET /api/hosts", {{200, names, ""}}}});
  CHECK(run_klab({"names", "hosts", "--socket", strange.socket().string()}).out == "host1\nh2.x-y_z\n");
  CHECK(run_klab({"names", "machines"}).out == "vm\nvm-arm64\n");
  const auto ran = run_klab({"names", "hosts", "--socket", "/nonexistent/s"});
  CHECK(ran.code == 3);
  CHECK(ran.out + ran.err == "");
}

TEST_CASE("manual: no line of it is taken for an instruction of roff") {
  for (const auto& line : split_lines(run_klab({"manual"}).out))
    if (line.starts_with(".")) CHECK((line == ".TP" || line.starts_with(".SH ") || line.starts_with(".SS klab ")));
}
