// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/job.hpp"

#include <algorithm>
#include <fstream>
#include <optional>

#include "build/git.hpp"
#include "build/job_failure.hpp"
#include "build/scratch_file.hpp"
#include "util/file.hpp"
#include "util/offload.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace {

// The first that runs in a sandbox is klab's own shell, which prints this before anything of the series runs. What
// comes before it is bubblewrap's or mount's word; whatever comes after it a build may have made up.
constexpr const char* kBegin = "klab: the sandbox stands";

std::string announced(std::string_view script) { return fmt::format("echo '{}'\n{}", kBegin, script); }

struct Step {
  std::vector<std::string> argv;  // mounts, sandbox and command
  std::string standard_input;
  std::string purpose;  // for the message: "build \"debian-6.12 7f4ae43a849a\""
  std::vector<fs::path> writable;
};

asio::awaitable<Result<Contained>> run_step(const BuildSteps& steps, Step step, std::stop_token stop) {
  ProcessSpec spec;
  spec.argv = std::move(step.argv);
  spec.environment = launcher_environment();
  spec.standard_input = std::move(step.standard_input);
  spec.output_file = steps.log;
  spec.merge_stderr = true;
  spec.begin_line = kBegin;
  Containment containment{steps.limits, steps.deadline, std::move(step.writable), steps.cache, steps.cgroup_parent};
  co_return co_await run_contained(std::move(spec), std::move(containment), steps.watchers, stop);
}

struct IndexChanges {
  std::string entries;  // for git update-index -z --index-info
  std::string deleted;  // paths, each ended by a NUL
};

// From ":100644 100755 <old> <new> M" NUL path NUL ...
IndexChanges index_changes(std::string_view raw) {
  IndexChanges changes;
  const auto fields = split(raw, '\0');
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
    const auto words = split(fields[i], ' ');
    if (words.size() != 5) continue;
    if (words[4] == "D")
      changes.deleted.append(fields[i + 1]).push_back('\0');
    else
      changes.entries.append(words[1] + " " + words[3] + "\t" + fields[i + 1]).push_back('\0');
  }
  return changes;
}

asio::awaitable<Result<void>> run_to_end(const BuildSteps& steps, Step step, std::stop_token stop) {
  FailureContext context{step.purpose,
                         steps.limits,
                         steps.cache,
                         !steps.cgroup_parent.empty(),
                         host_out_of_memory_kills(),
                         steps.job.request.patches};
  auto ended = co_await run_step(steps, std::move(step), stop);
  if (!ended) co_return ended.error();
  if (!ended->hit && ended->process.ok()) co_return Result<void>();
  auto look = [&context, &ended] { return step_failure(context, *ended); };
  co_return co_await offload(steps.pool, std::move(look));
}

// One file may take all of the disk's limit but not all of an address space: tools map what they write.
Sandbox limited_sandbox(const BuildSteps& steps) {
  Sandbox sandbox;
  sandbox.environment = build_environment(steps.job.request.architecture);
  sandbox.file_size_limit = std::min(sandbox.file_size_limit, steps.limits.disk);
  sandbox.temporary_limit = std::min(sandbox.temporary_limit, steps.limits.memory / 2);
  sandbox.process_limit = steps.limits.processes;
  if (steps.cgroup_parent.empty()) sandbox.address_limit = steps.limits.memory;
  return sandbox;
}

Sandbox tree_sandbox(const BuildSteps& steps, const Workspace& workspace) {
  Sandbox sandbox = limited_sandbox(steps);
  sandbox.binds = {{workspace.merged, kSandboxTree, true},
                   {workspace.directory / "in", kSandboxIn, false},
                   {workspace.out, kSandboxOut, true}};
  return sandbox;
}

Step tree_step(const BuildSteps& steps, const Workspace& workspace, std::string_view script,
               std::vector<std::string> arguments) {
  std::vector<std::string> inner = {"sh", "-c", announced(script), "klab"};
  inner.insert(inner.end(), arguments.begin(), arguments.end());
  Step step;
  step.argv = mounted_command(workspace, sandbox_command(tree_sandbox(steps, workspace), inner));
  step.writable = {workspace.upper, workspace.out};
  return step;
}

// The changed files, under in/files, by way of an index that holds nothing else: git archive would walk
// the whole tree for them.
asio::awaitable<Result<void>> write_changes(const BuildJob& job, fs::path in, std::stop_token stop) {
  const fs::path files = in / "files";
  if (auto made = make_directories(files); !made) co_return made.error();
  if (job.applied.commit == job.below) co_return Result<void>();
  const std::string purpose = "write the changed files";
  GitCall git;
  git.git_dir = job.object_store;
  git.arguments = {"diff-tree", "-r", "-z", "--no-renames", "--raw", job.below, job.applied.commit};
  auto listing = co_await git_output(git, purpose, stop);
  if (!listing) co_return listing.error();
  const IndexChanges changes = index_changes(*listing);
  if (auto written = write_scratch_file(in / "deleted", changes.deleted); !written) co_return written.error();
  git.index_file = in / "index";
  git.arguments = {"update-index", "-z", "--index-info"};
  git.input = changes.entries;
  auto indexed = co_await git_output(git, purpose, stop);
  if (!indexed) co_return indexed.error();
  git.work_tree = files;
  git.arguments = {"checkout-index", "--all", "--force"};
  git.input.clear();
  auto written = co_await git_output(git, purpose, stop);
  if (!written) co_return written.error();
  co_return Result<void>();
}

// A build of untrusted code decides what lies in its output directory: no link is followed there, and
// nothing is read that has no end.
Result<std::string> read_result(const fs::path& path) {
  constexpr std::uintmax_t kLargest = 4u << 20;
  std::error_code ec;
  const std::string name = path.filename().string();
  if (fs::symlink_status(path, ec).type() != fs::file_type::regular)
    return failed_error("cannot use the build's \"{}\": it is no regular file", name);
  if (fs::file_size(path, ec) > kLargest)
    return failed_error("cannot use the build's \"{}\": it is too large", name);
  auto text = read_file(path);
  if (!text) return failed_error("cannot use the build's \"{}\": {}", name, text.error().message);
  return text;
}

asio::awaitable<Error> explain(const BuildSteps& steps, const Workspace& workspace,
                               std::vector<UnmetSymbol> unmet, std::stop_token stop) {
  // Isolated: the modules it imports are the host's, not what lies in the tree.
  Step step = tree_step(steps, workspace, "exec python3 -I -c \"$1\"", {kExplainScript});
  step.standard_input = explanation_request(unmet);
  auto ended = co_await run_step(steps, std::move(step), stop);
  if (!ended && ended.error().kind == ErrorKind::stopped) co_return ended.error();
  // The tree's own Makefile and Kconfig print there, too; the answer comes last.
  constexpr std::size_t kAnswer = 1u << 20;
  const std::string_view out = ended ? std::string_view(ended->process.out) : std::string_view();
  co_return unmet_error(unmet, out.substr(out.size() - std::min(out.size(), kAnswer)));
}

asio::awaitable<Result<void>> configure(const BuildSteps& steps, const Workspace& workspace,
                                        std::stop_token stop) {
  const Kconfig& kconfig = steps.job.request.kconfig;
  Step step = tree_step(steps, workspace, kConfigureScript, {kconfig.base});
  step.purpose = fmt::format("configure \"{}\"", steps.job.describe());
  auto configured = co_await run_to_end(steps, std::move(step), stop);
  if (!configured) {
    Error error = configured.error();
    if (error.message.find("No rule to make target '" + kconfig.base) != std::string::npos)
      error.kind = ErrorKind::input;
    co_return error;
  }
  auto config = read_result(workspace.out / "config");
  if (!config) co_return config.error();
  auto unmet = unmet_symbols(steps.job.symbols, *config);
  if (!unmet.empty()) co_return co_await explain(steps, workspace, std::move(unmet), stop);
  co_return Result<void>();
}

bool configuration_stands(const AppliedSeries& applied) {
  for (const auto* paths : {&applied.changed, &applied.deleted})
    for (const std::string& path : *paths)
      if (affects_configuration(path)) return false;
  return true;
}

}  // namespace

std::string describe(const BuildRequest& request) {
  std::string text = fmt::format("{} {}", request.tree, request.commit.substr(0, 12));
  if (request.patches.size() == 1) text += " + 1 patch";
  if (request.patches.size() > 1) text += fmt::format(" + {} patches", request.patches.size());
  return text;
}

void append_line(const fs::path& log, std::string_view line) {
  std::ofstream(log, std::ios::app) << line << "\n";
}

asio::awaitable<Result<std::string>> run_kernel(BuildSteps steps, Workspace workspace, bool over_objects,
                                                std::stop_token stop) {
  const BuildJob& job = steps.job;
  const fs::path in = workspace.directory / "in";
  if (auto made = make_directories(in); !made) co_return made.error();
  if (auto written = write_scratch_file(in / "fragments", merged_fragments(job.request.kconfig)); !written)
    co_return written.error();
  auto changes = co_await write_changes(job, in, stop);
  if (!changes) co_return changes.error();

  std::string script = kTakeChangesScript;
  if (!over_objects || !configuration_stands(job.applied)) {
    Step take = tree_step(steps, workspace, script, {});
    take.purpose = fmt::format("write the source of \"{}\"", job.describe());
    auto taken = co_await run_to_end(steps, std::move(take), stop);
    if (!taken) co_return taken.error();
    auto configured = co_await configure(steps, workspace, stop);
    if (!configured) co_return configured.error();
    script.clear();
  }
  const ArchitectureRecipe how = recipe(job.request.architecture);
  Step make = tree_step(steps, workspace, script + kKernelScript,
                        {std::to_string(steps.jobs), how.target, how.image});
  make.purpose = fmt::format("build \"{}\"", job.describe());
  auto made = co_await run_to_end(steps, std::move(make), stop);
  if (!made) co_return made.error();
  // Once more: it may have been changed since it was verified, and is stored whole.
  auto config = read_result(workspace.out / "config");
  if (!config) co_return config.error();
  auto release = read_result(workspace.out / "release");
  if (!release) co_return release.error();
  co_return printable(trim(*release));
}

asio::awaitable<Result<void>> run_module(BuildSteps steps, std::string name, std::vector<fs::path> stack,
                                         fs::path directory, std::stop_token stop) {
  const bool copy = steps.job.mode == LayerMode::copy;
  const fs::path merged = copy ? stack.front() : directory / "merged";
  if (auto made = make_directories(merged); !made) co_return made.error();
  Sandbox sandbox = limited_sandbox(steps);
  sandbox.binds = {{merged, kSandboxTree, false},
                   {directory / "source", "/klab/module", true},
                   {directory / "out", kSandboxOut, true}};
  Step step;
  step.argv = mounted_read_only_command(
      steps.job.mode, stack, merged,
      sandbox_command(sandbox, {"sh", "-c", announced(kModuleScript), "klab", name, std::to_string(steps.jobs)}));
  step.writable = {directory / "source", directory / "out"};
  step.purpose = fmt::format("build module \"{}\" for \"{}\"", name, steps.job.describe());
  co_return co_await run_to_end(steps, std::move(step), stop);
}

}  // namespace klab
