// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/apply.hpp"

#include <unistd.h>

#include <algorithm>

#include "build/git.hpp"
#include "build/repair.hpp"
#include "build/scratch.hpp"
#include "build/scratch_file.hpp"
#include "util/file.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace {

// As git am should see it: without an envelope line, after which a body line that begins with "From "
// would start another message; and never without a date, for which git would take today's.
std::string mail_for_git(const Patch& patch) {
  std::string_view mail = patch.mail;
  if (mail.starts_with("From ")) mail.remove_prefix(std::min(mail.find('\n'), mail.size() - 1) + 1);
  std::string text;
  if (patch.date.empty()) text = "Date: Sat, 1 Jan 2000 00:00:00 +0000\n";
  return text.append(mail);
}

Result<void> write_inputs(const fs::path& directory, const std::vector<Patch>& patches,
                          std::vector<std::string>& names) {
  for (const Patch& patch : patches) {
    const fs::path path = directory / fmt::format("{:04}.mail", names.size() + 1);
    if (auto written = write_scratch_file(path, mail_for_git(patch)); !written) return written;
    names.push_back(path.string());
  }
  return {};
}

void read_changes(std::string_view listing, AppliedSeries& series) {
  const auto fields = split(listing, '\0');
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2)
    (fields[i] == "D" ? series.deleted : series.changed).push_back(fields[i + 1]);
}

// git's number of the patch that it stopped at, from 1.
std::size_t stopped_at(const fs::path& git_dir) {
  auto next = read_file(git_dir / "rebase-apply" / "next");
  return next ? std::strtoul(next->c_str(), nullptr, 10) : 1;
}

// A work tree in which every file is "sparse": git apply fetches what a patch touches from the index by
// itself, so that 80,000 other files are never written.
asio::awaitable<Result<void>> empty_work_tree(GitCall git, std::string commit, std::stop_token stop) {
  GitCall call = git;
  call.arguments = {"init", "--quiet"};
  auto made = co_await git_output(call, "create a work tree", stop);
  if (!made) co_return made.error();
  const fs::path info = git.git_dir / "info";
  if (auto created = make_directories(info); !created) co_return created.error();
  if (auto written = write_scratch_file(info / "attributes", kPlainAttributes); !written)
    co_return written.error();
  if (auto written = write_scratch_file(info / "sparse-checkout", "!/*\n"); !written)
    co_return written.error();
  if (auto written = write_scratch_file(git.git_dir / "HEAD", commit + "\n"); !written)
    co_return written.error();
  // The index of a base is the same each time, and takes as long to make as the rest.
  const fs::path kept = git.object_directory / ".." / "klab-index" / commit;
  std::error_code ec;
  if (fs::copy_file(kept, git.git_dir / "index", ec)) co_return Result<void>();
  call.arguments = {"-c", "core.sparseCheckout=true", "read-tree", "-m", "-u", "HEAD"};
  auto read = co_await git_output(call, fmt::format("read commit \"{}\"", commit), stop);
  if (!read) co_return read.error();
  // Synced before it gets its name: half an index after a power cut would look like a bad patch.
  fs::create_directories(kept.parent_path(), ec);
  for (const auto& left : left_scratch(kept.parent_path(), "apply-")) fs::remove(left, ec);
  ProcessSpec keep;
  keep.argv = {"sh",
               "-c",
               R"(cp "$1" "$2" && sync "$2" && mv "$2" "$3")",
               "klab",
               (git.git_dir / "index").string(),
               (kept.parent_path() / git.git_dir.parent_path().filename()).string(),
               kept.string()};
  auto copied = co_await run_process(std::move(keep), stop);
  if (!copied) co_return copied.error();
  co_return Result<void>();
}

}  // namespace

asio::awaitable<Result<AppliedSeries>> apply_series(ApplyRequest request, std::stop_token stop) {
  auto scratch = TemporaryDirectory::create(request.scratch, scratch_prefix("apply-"));
  if (!scratch) co_return scratch.error();
  GitCall git;
  git.git_dir = scratch->path() / "git";
  git.work_tree = scratch->path() / "work";
  git.object_directory = request.object_store / "objects";
  if (auto made = make_directories(git.work_tree); !made) co_return made.error();

  AppliedSeries series;
  series.commit = request.commit;
  if (!request.patches.empty()) {
    auto ready = co_await empty_work_tree(git, request.commit, stop);
    if (!ready) co_return ready.error();
    GitCall am = git;
    am.merge_stderr = true;
    am.arguments = {"-c",        "core.sparseCheckout=true", "-c", "sparse.expectFilesOutsideOfPatterns=true",
                    "-c",        "advice.amWorkDir=false",   "am", "--quiet",
                    "--no-3way", "--patch-format=mbox"};
    if (auto written = write_inputs(scratch->path(), request.patches, am.arguments); !written)
      co_return written.error();
    auto spec = git_process(am);
    auto ended = co_await run_process(std::move(spec), stop);
    if (!ended) co_return ended.error();
    // Killed from outside, as when the lab is cut off: that says nothing about the patches.
    if (ended->signal != 0)
      co_return make_error(ErrorKind::stopped, "stopped while patches were applied: git: {}", ended->describe());
    // Nor does a damaged repository.
    if (!ended->ok() && tells_of_damage(ended->out)) {
      Error error = lab_error("cannot apply patches in \"{}\": git: {}", request.object_store.string(), ended->describe());
      error.tail = tail(ended->out, 10);
      co_return error;
    }
    if (!ended->ok()) {
      const std::size_t next = stopped_at(git.git_dir);
      auto diff = read_file(git.git_dir / "rebase-apply" / "patch");
      co_return apply_failure(request.patches, next - 1, request.commit, ended->out, diff ? *diff : "");
    }
    GitCall head = git;
    head.arguments = {"rev-parse", "--verify", "HEAD"};
    auto commit = co_await git_output(head, "read the applied series", stop);
    if (!commit) co_return commit.error();
    series.commit = std::string(trim(*commit));
  }

  GitCall inspect;
  inspect.git_dir = request.object_store;
  inspect.arguments = {"rev-parse", "--verify", series.commit + "^{tree}"};
  auto tree = co_await git_output(inspect, fmt::format("read commit \"{}\"", series.commit), stop);
  if (!tree) co_return tree.error();
  series.tree_id = std::string(trim(*tree));
  if (series.commit == request.commit) co_return series;
  co_return co_await changes_between(request.object_store, request.commit, std::move(series), stop);
}

asio::awaitable<Result<AppliedSeries>> changes_between(fs::path object_store, std::string from, AppliedSeries to,
                                                       std::stop_token stop) {
  GitCall git;
  git.git_dir = std::move(object_store);
  git.arguments = {"diff-tree", "-r", "-z", "--no-renames", "--name-status", from, to.commit};
  auto listing = co_await git_output(git, "list the changed files", stop);
  if (!listing) co_return listing.error();
  to.changed.clear();
  to.deleted.clear();
  read_changes(*listing, to);
  co_return to;
}

}  // namespace klab
