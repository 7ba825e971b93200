// SPDX-License-Identifier: GPL-3.0-or-later
#include "intake/git.hpp"

#include <cstdlib>

#include "util/text.hpp"

namespace klab {

Result<ProcessResult> run_isolated_git(const std::filesystem::path& directory,
                                       std::vector<std::string> arguments, std::string standard_input) {
  const char* path = std::getenv("PATH");
  ProcessSpec spec;
  spec.argv = {"git"};
  spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
  spec.environment = std::vector<std::string>{
      fmt::format("PATH={}", path ? path : "/usr/bin:/bin"),
      fmt::format("HOME={}", directory.string()),
      fmt::format("GIT_CEILING_DIRECTORIES={}", directory.parent_path().string()),
      "LC_ALL=C",
      "GIT_CONFIG_NOSYSTEM=1",
      "GIT_CONFIG_GLOBAL=/dev/null",
  };
  spec.working_directory = directory;
  spec.standard_input = std::move(standard_input);
  spec.deadline = std::chrono::seconds(30);
  return run_process_blocking(std::move(spec));
}

std::string git_words(const ProcessResult& result) {
  for (const auto& line : split_lines(result.err))
    for (std::string_view word : {"fatal: ", "error: "})
      if (line.compare(0, word.size(), word) == 0) return printable(line.substr(word.size()));
  return result.describe();
}

}  // namespace klab
