// SPDX-License-Identifier: GPL-3.0-or-later
// Trees with a remote: a bare repository of klabd's own, into which git fetches.
#include "build/cache_lock.hpp"
#include "build/git.hpp"
#include "build/job_failure.hpp"
#include "build/repair.hpp"
#include "build/scratch.hpp"
#include "build/tree.hpp"
#include "util/file.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace {

asio::awaitable<Result<void>> make_bare(fs::path directory, std::stop_token stop) {
  if (is_repository(directory)) co_return Result<void>{};
  if (auto made = make_directories(directory.parent_path()); !made) co_return made.error();
  // Nobody else makes one: the caller has the lock.
  std::error_code ignored;
  for (const auto& left : left_scratch(directory.parent_path(), ".new-")) fs::remove_all(left, ignored);
  auto scratch = TemporaryDirectory::create(directory.parent_path(), scratch_prefix(".new-"));
  if (!scratch) co_return scratch.error();
  GitCall init;
  init.git_dir = scratch->path() / "repository";
  init.arguments = {"init", "--quiet", "--bare"};
  auto made = co_await git_output(init, fmt::format("create repository \"{}\"", directory.string()), stop);
  if (!made) co_return made.error();
  if (auto made_info = make_directories(init.git_dir / "info"); !made_info) co_return made_info.error();
  if (auto plain = write_file_atomic(init.git_dir / "info" / "attributes", kPlainAttributes); !plain) co_return plain.error();
  std::error_code ec;
  fs::remove_all(directory, ec);
  fs::rename(init.git_dir, directory, ec);
  if (ec) co_return lab_error("cannot create \"{}\": {}", directory.string(), ec.message());
  co_return Result<void>{};
}

// Of a fetch that came to its end, with where from; or that all has to be fetched again.
constexpr const char* kFetched = "klab-fetched";
constexpr std::string_view kDamaged = "damaged\n";

// The mark first: who is killed in between must not take the rest for all.
Result<void> note_damage(const fs::path& repository) {
  const auto empty = empty_objects(repository);
  if (empty.empty()) return {};
  if (auto marked = write_file_atomic(repository / kFetched, kDamaged); !marked) return marked;
  std::error_code ignored;
  for (const auto& path : empty) fs::remove(path, ignored);
  return {};
}

bool is_local(std::string_view remote) { return remote.starts_with("/") || remote.starts_with("file://"); }

// git refuses to serve a repository of another user, and the remedy that it names is a configuration which klab's git does
// not read. Whoever wrote its path into klab.toml trusts it; nothing of it is executed: hooks of upload-pack are only taken from
// protected configuration.
constexpr const char* kTrustingUploadPack = "--upload-pack=git -c safe.directory=* upload-pack";

}  // namespace

asio::awaitable<Result<void>> TreeStore::fetch(TreeSpec tree, std::stop_token stop) {
  if (tree.remote.empty()) co_return Result<void>{};
  auto guard = co_await fetching_.acquire(stop);
  if (!guard) co_return guard.error();
  // Several klabds may share the cache.
  auto lock = co_await lock_cache(directory_ / "remotes", nullptr, stop);
  if (!lock) co_return lock.error();
  const auto ours = fetched(tree);
  if (auto made = co_await make_bare(ours, stop); !made) co_return made.error();
  remove_leftovers(ours);
  if (auto found = note_damage(ours); !found) co_return found.error();
  const auto mark = read_file(ours / kFetched);
  GitCall call;
  call.git_dir = ours;
  call.merge_stderr = true;
  call.arguments = {"fetch", "--quiet", "--prune", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-maintenance"};
  // What is missing lies below tips that git has, and would not be asked for.
  if (mark && *mark == kDamaged) call.arguments.push_back("--refetch");
  if (is_local(tree.remote)) call.arguments.push_back(kTrustingUploadPack);
  call.arguments.insert(call.arguments.end(), {"--end-of-options", tree.remote, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"});
  auto spec = git_process(call);
  spec.deadline = tree.fetch_limit;
  spec.output_limit = 1u << 20;
  // Remote helpers run whatever their address says. Nobody is there to be asked for a password.
  spec.environment->push_back("GIT_ALLOW_PROTOCOL=file:git:http:https:ssh");
  spec.environment->push_back("GIT_SSH_COMMAND=ssh -o BatchMode=yes");
  auto ended = co_await run_process(std::move(spec), stop);
  if (!ended) co_return ended.error();
  if (!ended->ok()) {
    auto error = lab_error("cannot fetch tree \"{}\" from \"{}\": git: {}", tree.name, printable(tree.remote),
                           ended->timed_out ? fmt::format("no end within {} s (fetch_limit)", tree.fetch_limit.count()) : ended->describe());
    error.tail = tail(ended->out, 10);
    co_return explain_disk(std::move(error), fmt::format("fetch tree \"{}\"", tree.name), directory_.parent_path());
  }
  co_return write_file_atomic(ours / kFetched, tree.remote + "\n");
}

asio::awaitable<Result<void>> TreeStore::fetch_unless_there(TreeSpec tree, std::stop_token stop) {
  const auto ours = fetched(tree);
  if (mended_.insert(ours).second)
    if (auto found = note_damage(ours); !found) co_return found.error();
  if (is_repository(ours)) {
    const auto mark = read_file(ours / kFetched);
    if (mark && *mark == tree.remote + "\n") co_return Result<void>{};
  }
  co_return co_await fetch(std::move(tree), stop);
}

}  // namespace klab
