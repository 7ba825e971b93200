// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/layers.hpp"

#include <unistd.h>

#include <utility>

#include "build/git.hpp"
#include "build/job.hpp"
#include "build/listing.hpp"
#include "build/scratch.hpp"
#include "build/sandbox.hpp"
#include "util/file.hpp"
#include "util/offload.hpp"
#include "util/process.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace {

// The shell is there for one thing: to mount and then to become the command.
constexpr const char* kMountScript = R"(mount -t overlay klab -o "$1" "$2" && shift 2 && exec "$@")";

std::vector<std::string> with_mount(LayerMode mode, const std::string& options, const fs::path& merged,
                                    const std::vector<std::string>& inner) {
  std::vector<std::string> argv = {"unshare"};
  if (mode == LayerMode::overlay_user) argv.insert(argv.end(), {"--user", "--map-root-user"});
  argv.insert(argv.end(), {"--mount", "--propagation", "private", "--", "sh", "-c", kMountScript,
                           "klab-mount", options, merged.string()});
  argv.insert(argv.end(), inner.begin(), inner.end());
  return argv;
}

std::string lower_option(const std::vector<fs::path>& lower) {
  std::vector<std::string> names;
  for (const fs::path& path : lower) names.push_back(path.string());
  return "lowerdir=" + join(names, ":");
}

const char* directory_name(LayerMode mode) {
  switch (mode) {
    case LayerMode::overlay:
      return "overlay";
    case LayerMode::overlay_user:
      return "overlay-user";
    default:
      return "copy";
  }
}

// By programs that mind neither depth nor length of a path: a build may leave any. Directories that nobody
// may list, of overlayfs or of a build, keep an ordinary user from removing them.
void remove_tree(const fs::path& directory) {
  std::error_code ignored;
  for (const char* script : {R"(exec rm -rf -- "$1")", R"(chmod -R u+rwX -- "$1"; exec rm -rf -- "$1")"}) {
    if (!fs::exists(fs::symlink_status(directory, ignored))) return;
    ProcessSpec spec;
    spec.argv = {"sh", "-c", script, "klab-remove", directory.string()};
    spec.environment = launcher_environment();
    spec.output_limit = 1u << 16;
    (void)run_process_blocking(std::move(spec));
  }
}

asio::awaitable<Result<void>> run_or_fail(ProcessSpec spec, std::string purpose, std::stop_token stop) {
  auto ended = co_await run_process(std::move(spec), stop);
  if (!ended) co_return ended.error();
  if (ended->ok()) co_return Result<void>();
  Error error = lab_error("cannot {}: {}", purpose, ended->describe());
  error.tail = tail(ended->err, 20);
  co_return error;
}

}  // namespace

std::vector<std::string> mounted_command(const Workspace& workspace, const std::vector<std::string>& inner) {
  if (workspace.mode == LayerMode::copy) return inner;
  std::string options = fmt::format("{},upperdir={},workdir={}", lower_option(workspace.lower),
                                    workspace.upper.string(), workspace.work.string());
  if (workspace.mode == LayerMode::overlay_user) options += ",userxattr";
  return with_mount(workspace.mode, options, workspace.merged, inner);
}

std::vector<std::string> mounted_read_only_command(LayerMode mode, const std::vector<fs::path>& lower,
                                                   const fs::path& merged,
                                                   const std::vector<std::string>& inner) {
  if (mode == LayerMode::copy) return inner;
  std::string options = "ro," + lower_option(lower);
  if (mode == LayerMode::overlay_user) options += ",userxattr";
  return with_mount(mode, options, merged, inner);
}

Layers::Layers(fs::path cache_directory, LayerMode mode)
    : directory_(std::move(cache_directory)), mode_(mode) {}

asio::awaitable<void> Layers::sweep() {
  if (std::exchange(swept_, true)) co_return;
  std::vector<fs::path> doomed = {directory_ / "discarded"};
  std::error_code ec;
  for (fs::directory_iterator it(directory_ / "sources", ec), end; !ec && it != end; it.increment(ec))
    if (it->path().filename().string().starts_with(".unpack-")) doomed.push_back(it->path());
  for (fs::directory_iterator it(directory_ / "building", ec), end; !ec && it != end; it.increment(ec)) {
    const auto name = it->path().filename().string();
    // Patches are applied, and overlays tried, without the lock: perhaps by another klabd at this moment.
    if (!belongs_to_a_living_process(name, "apply-") && !belongs_to_a_living_process(name, "probe-")) doomed.push_back(it->path());
  }
  auto remove = [doomed] {
    for (const fs::path& path : doomed) remove_tree(path);
    return 0;
  };
  co_await offload(disk_, std::move(remove));
}

asio::awaitable<Result<LayerMode>> Layers::mode(std::stop_token stop) {
  auto guard = co_await preparing_.acquire(stop);
  if (!guard) co_return guard.error();
  if (mode_ != LayerMode::probe) co_return mode_;
  if (directory_.string().find_first_of(",:\\\"") != std::string::npos) co_return mode_ = LayerMode::copy;
  if (auto made = make_directories(directory_ / "building"); !made) co_return made.error();
  auto scratch = TemporaryDirectory::create(directory_ / "building", scratch_prefix("probe-"));
  if (!scratch) co_return scratch.error();
  Workspace workspace;
  workspace.directory = scratch->path();
  workspace.mode = ::geteuid() == 0 ? LayerMode::overlay : LayerMode::overlay_user;
  workspace.lower = {scratch->path() / "first", scratch->path() / "second"};
  workspace.upper = scratch->path() / "upper";
  workspace.work = scratch->path() / "work";
  workspace.merged = scratch->path() / "merged";
  for (const fs::path& path :
       {workspace.lower[0], workspace.lower[1] / "a", workspace.upper, workspace.work, workspace.merged})
    if (auto made = make_directories(path); !made) co_return made.error();
  // A directory renamed, a file written and one removed: what a build does, seen from inside the sandbox.
  if (auto written = write_file_atomic(workspace.lower[1] / "gone", "x"); !written) co_return written.error();
  Sandbox sandbox;
  sandbox.binds = {{workspace.merged, kSandboxTree, true}};
  ProcessSpec spec;
  spec.argv = mounted_command(
      workspace, sandbox_command(sandbox, {"sh", "-c", "rm gone && mkdir b && echo x > a/c && mv a/c b/c"}));
  spec.environment = launcher_environment();
  auto ended = co_await run_process(std::move(spec), stop);
  std::error_code ignored;
  fs::permissions(workspace.work / "work", fs::perms::owner_all, ignored);
  if (!ended) co_return ended.error();
  mode_ = ended->ok() ? workspace.mode : LayerMode::copy;
  co_return mode_;
}

asio::awaitable<Result<fs::path>> Layers::source(fs::path object_store, std::string commit, fs::path log,
                                                 std::stop_token stop) {
  const fs::path target = directory_ / "sources" / commit;
  const fs::path listing = directory_ / "sources" / (commit + ".listing");
  std::error_code ec;
  if (fs::exists(target, ec)) {
    auto look = [target, listing] {
      auto kept = read_file(listing);
      auto now = listing_hash(target);
      return kept && now && *kept == *now;
    };
    if (sound_.count(commit) || co_await offload(disk_, std::move(look))) {
      sound_.insert(commit);
      co_return target;
    }
    append_line(log, fmt::format("klab: \"{}\" is not what was extracted there; it is extracted again",
                                 target.string()));
    co_await discard(target);
  }
  if (auto made = make_directories(directory_ / "sources"); !made) co_return made.error();
  auto scratch = TemporaryDirectory::create(directory_ / "sources", ".unpack-");
  if (!scratch) co_return scratch.error();
  const fs::path source = scratch->path() / "source";
  const fs::path archive = scratch->path() / "source.tar";
  if (auto made = make_directories(source); !made) co_return made.error();
  // Of the tree, not of the commit: every file then carries the time of now, never one in the future.
  GitCall git;
  git.git_dir = object_store;
  git.arguments = {"-c",       "tar.umask=0022", "archive",         "--format=tar",
                   "--output", archive.string(), commit + "^{tree}"};
  auto packed = co_await git_output(git, fmt::format("read source of commit \"{}\"", commit), stop);
  if (!packed) co_return packed.error();
  ProcessSpec unpack;
  unpack.argv = {"tar",         "--extract",     "--file",         archive.string(),
                 "--directory", source.string(), "--no-same-owner"};
  auto unpacked =
      co_await run_or_fail(std::move(unpack), fmt::format("unpack \"{}\"", archive.string()), stop);
  if (!unpacked) co_return unpacked.error();
  auto list = [source, listing]() -> Result<void> {
    if (auto synced = sync_file_system(source); !synced) return synced;
    auto hash = listing_hash(source);
    return hash ? write_file_atomic(listing, *hash) : Result<void>(hash.error());
  };
  auto listed = co_await offload(disk_, std::move(list));
  if (!listed) co_return listed.error();
  fs::rename(source, target, ec);
  if (ec) co_return lab_error("cannot create \"{}\": {}", target.string(), ec.message());
  sound_.insert(commit);
  co_return target;
}

asio::awaitable<Result<Workspace>> Layers::begin(std::string key, std::vector<fs::path> lower,
                                                 std::stop_token stop) {
  auto usable = co_await mode(stop);
  if (!usable) co_return usable.error();
  Workspace workspace;
  workspace.directory = directory_ / "building" / key;
  workspace.mode = *usable;
  workspace.out = workspace.directory / "out";
  co_await discard(workspace.directory);
  if (auto made = make_directories(workspace.out); !made) co_return made.error();
  workspace.upper = workspace.directory / "upper";
  if (workspace.mode == LayerMode::copy) {
    workspace.merged = workspace.upper;
    ProcessSpec copy;
    copy.argv = {"cp", "-a", "--reflink=auto", lower.front().string(), workspace.upper.string()};
    auto copied =
        co_await run_or_fail(std::move(copy), fmt::format("copy \"{}\"", lower.front().string()), stop);
    if (!copied) co_return copied.error();
    co_return workspace;
  }
  workspace.lower = std::move(lower);
  workspace.work = workspace.directory / "work";
  workspace.merged = workspace.directory / "merged";
  for (const fs::path& path : {workspace.upper, workspace.work, workspace.merged})
    if (auto made = make_directories(path); !made) co_return made.error();
  co_return workspace;
}

asio::awaitable<Result<void>> Layers::keep(Workspace workspace, std::string key) {
  const fs::path target = directory_ / "layers" / directory_name(workspace.mode) / key;
  if (auto made = make_directories(target.parent_path()); !made) co_return made.error();
  co_await discard(target);
  std::error_code ec;
  fs::rename(workspace.upper, target, ec);
  if (ec) co_return lab_error("cannot create \"{}\": {}", target.string(), ec.message());
  co_return Result<void>();
}

// Renamed first, so that a removal cut short never leaves half a directory under a name that counts.
asio::awaitable<void> Layers::discard(fs::path directory) {
  std::error_code ec;
  if (!fs::exists(fs::symlink_status(directory, ec))) co_return;
  const fs::path doomed =
      directory_ / "discarded" / fmt::format("{}-{}-{}", directory.filename().string(), ::getpid(), discarded_++);
  fs::create_directories(doomed.parent_path(), ec);
  auto remove = [directory, doomed] {
    std::error_code ignored;
    fs::rename(directory, doomed, ignored);
    remove_tree(ignored ? directory : doomed);
    return 0;
  };
  co_await offload(disk_, remove);
}

std::optional<fs::path> Layers::kept(const std::string& key) const {
  const fs::path path = directory_ / "layers" / directory_name(mode_) / key;
  std::error_code ec;
  if (!fs::is_directory(path, ec)) return std::nullopt;
  return path;
}

}  // namespace klab
