// SPDX-License-Identifier: GPL-3.0-or-later
#include "intake/git_range.hpp"

#include "intake/git.hpp"
#include "util/process.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

constexpr std::size_t most_bytes = 64u << 20;

Result<ProcessResult> run_git(const std::filesystem::path& repository, std::vector<std::string> arguments) {
  ProcessSpec spec;
  spec.argv = {"git", "-C", repository.string(), "--no-pager"};
  spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
  spec.deadline = std::chrono::minutes(2);
  spec.output_limit = most_bytes + 1;
  return run_process_blocking(std::move(spec));
}

std::vector<std::string> format_patch(const std::string& range, const std::string& base) {
  return {
      "format-patch",      "--stdout",       "--no-attach",    "--numbered",       "--subject-prefix=PATCH",
      "--no-cover-letter", "--no-thread",    "--no-signature", "--zero-commit",    "--full-index",
      "--binary",          "--find-renames", "--no-ext-diff",  "--no-textconv",    "--src-prefix=a/",
      "--dst-prefix=b/",   "--no-to",        "--no-cc",        "--no-add-header",  "--no-notes",
      "--unified=3",       "--no-color",     "--base=" + base, "--end-of-options", range};
}

}  // namespace

bool looks_like_range(const std::string& argument) {
  const auto dots = argument.find("..");
  return dots != std::string::npos && dots > 0 && argument[0] != '-' && argument[0] != '.' &&
         argument.find('\n') == std::string::npos;
}

Result<RawSource> read_git_range(const std::string& range, const std::filesystem::path& repository) {
  const std::string shown = printable(range);
  const std::string where = printable(repository.string());
  if (range.find("...") != std::string::npos)
    return input_error("cannot read \"{}\": three dots name two branches; write A..B", shown);
  auto listed = run_git(
      repository, {"rev-list", "--parents", "--topo-order", "--max-count=1001", "--end-of-options", range});
  if (!listed) return listed.error();
  if (!listed->ok()) {
    Error error = input_error("cannot read \"{}\": neither a file, a directory, a Message-ID, nor a git range in \"{}\"",
                              shown, where);
    error.tail = git_words(*listed);
    return error;
  }
  const auto commits = listed->out.empty() ? std::vector<std::string>{} : split_lines(listed->out);
  std::size_t merges = 0;
  for (const auto& commit : commits) merges += split(commit, ' ').size() > 2;
  if (commits.empty())
    return input_error("cannot read \"{}\": there are no commits in it in \"{}\"", shown, where);
  if (commits.size() > 1000) return input_error("cannot read \"{}\": more than 1000 commits", shown);
  if (merges > 0)
    return input_error(
        "cannot read \"{}\": {} of its {} commits {} a merge, which no patch can carry; rebase it first",
        shown, merges, commits.size(), merges == 1 ? "is" : "are each");
  const auto last = split(commits.back(), ' ');
  if (last.size() < 2)
    return input_error("cannot read \"{}\": its first commit has no parent to compare with", shown);

  auto patches = run_git(repository, format_patch(range, last[1]));
  if (!patches) return patches.error();
  if (!patches->ok()) {
    Error error = input_error("cannot read \"{}\": git format-patch: {}", shown, git_words(*patches));
    error.tail = patches->err;
    return error;
  }
  if (patches->out_cut || patches->out.size() > most_bytes)
    return input_error("cannot read \"{}\": its patches are larger than {} MiB", shown, most_bytes >> 20);
  return RawSource{range, std::move(patches->out)};
}

}  // namespace klab
