// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/tree.hpp"

#include <algorithm>
#include <array>

#include "build/git.hpp"
#include "build/job_failure.hpp"
#include "build/listing.hpp"
#include "build/repair.hpp"
#include "build/scratch.hpp"
#include "util/file.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace {

bool usable_name(std::string_view name) {
  auto usable = [](unsigned char c) { return std::isalnum(c) || c == '.' || c == '_' || c == '-'; };
  return !name.empty() && name.front() != '.' && name.front() != '-' &&
         std::all_of(name.begin(), name.end(), usable);
}

Result<void> check(const TreeSpec& tree) {
  if (!usable_name(tree.name))
    return input_error("cannot use tree \"{}\": a name has letters, digits, '.', '_' and '-' only",
                       printable(tree.name));
  if (!tree.package.empty() + !tree.repository.empty() + !tree.remote.empty() != 1)
    return input_error("cannot use tree \"{}\": give either a package, a repository or a remote", tree.name);
  return {};
}

Result<fs::path> find_archive(const TreeSpec& tree, const fs::path& directory) {
  for (const char* suffix : {".tar.xz", ".tar.zst", ".tar.gz", ".tar.bz2"}) {
    const fs::path path = directory / (tree.package + suffix);
    std::error_code ignored;
    if (fs::is_regular_file(path, ignored)) return path;
  }
  return input_error("cannot import tree \"{}\": no {}.tar.xz in {}; install it with: apt-get install {}",
                     tree.name, tree.package, directory.string(), tree.package);
}

// What was imported, so that another package, or a newer one under the same name, is.
Result<std::string> import_mark(const TreeSpec& tree, const fs::path& archive) {
  std::error_code ec;
  const auto size = fs::file_size(archive, ec);
  if (ec) return lab_error("cannot read \"{}\": {}", archive.string(), ec.message());
  const auto written = fs::last_write_time(archive, ec).time_since_epoch().count();
  if (ec) return lab_error("cannot read \"{}\": {}", archive.string(), ec.message());
  return fmt::format("{} {} {}\n", tree.package, size, written);
}
constexpr const char* kImported = "klab-imported";

Result<void> publish(const fs::path& from, const fs::path& to) {
  std::error_code ec;
  fs::rename(from, to, ec);
  if (ec) return lab_error("cannot create \"{}\": {}", to.string(), ec.message());
  return {};
}

// Also of repositories that an earlier klab made.
Result<void> plain_attributes(const fs::path& repository) {
  const fs::path path = repository / "info" / "attributes";
  auto current = read_file(path);
  if (current && *current == kPlainAttributes) return {};
  if (auto made = make_directories(path.parent_path()); !made) return made.error();
  return write_file_atomic(path, kPlainAttributes);
}

asio::awaitable<Result<void>> new_repository(fs::path directory, std::stop_token stop) {
  GitCall init;
  init.git_dir = directory;
  init.arguments = {"init", "--quiet", "--bare"};
  auto made = co_await git_output(init, fmt::format("create repository \"{}\"", directory.string()), stop);
  if (!made) co_return made.error();
  co_return plain_attributes(directory);
}

asio::awaitable<Result<fs::path>> objects_of(TreeSpec tree, std::stop_token stop) {
  std::error_code ec;
  const fs::path absolute = fs::canonical(tree.repository, ec);
  if (ec)
    co_return input_error("cannot open tree \"{}\": \"{}\": {}", tree.name, tree.repository.string(),
                          ec.message());
  GitCall call;
  call.git_dir = fs::exists(absolute / ".git", ec) ? absolute / ".git" : absolute;
  call.arguments = {"rev-parse", "--path-format=absolute", "--git-path", "objects"};
  auto path = co_await git_output(call, fmt::format("open tree \"{}\"", tree.name), stop);
  if (!path && path.error().kind == ErrorKind::stopped) co_return path.error();
  if (!path) {
    Error error = input_error("cannot open tree \"{}\": \"{}\" is not a git repository", tree.name,
                              tree.repository.string());
    error.tail = path.error().tail;
    co_return error;
  }
  co_return fs::path(trim(*path));
}

}  // namespace

TreeStore::TreeStore(fs::path cache_directory, fs::path package_directory)
    : directory_(std::move(cache_directory) / "trees"), package_directory_(std::move(package_directory)) {}

// `archive`: of the package.
asio::awaitable<Result<void>> TreeStore::import_package(TreeSpec tree, fs::path archive, fs::path target,
                                                        std::stop_token stop) {
  auto mark = import_mark(tree, archive);
  if (!mark) co_return mark.error();
  auto scratch = TemporaryDirectory::create(directory_, scratch_prefix(".import-"));
  if (!scratch) co_return scratch.error();
  const fs::path source = scratch->path() / "source";
  const fs::path repository = scratch->path() / "repository";
  if (auto made = make_directories(source); !made) co_return made.error();

  ProcessSpec unpack;
  unpack.argv = {"tar",
                 "--extract",
                 "--file",
                 archive.string(),
                 "--directory",
                 source.string(),
                 "--strip-components=1",
                 "--no-same-owner"};
  auto unpacked = co_await run_process(std::move(unpack), stop);
  if (!unpacked) co_return unpacked.error();
  if (!unpacked->ok()) {
    Error error = lab_error("cannot unpack \"{}\": tar: {}", archive.string(), unpacked->describe());
    error.tail = tail(unpacked->err, 20);
    co_return error;
  }
  auto made = co_await new_repository(repository, stop);
  if (!made) co_return made.error();

  const std::string purpose = fmt::format("import \"{}\"", archive.string());
  GitCall git;
  git.git_dir = repository;
  git.work_tree = source;
  // --force: Debian's tree carries a .gitignore that leaves out nearly everything. A threshold of one
  // byte sends every file straight into one pack, instead of 80,000 loose objects.
  git.arguments = {"-c",   "core.bigFileThreshold=1", "-c",  "core.compression=1",
                   "-c",   "core.fileMode=true",      "add", "--force",
                   "--all"};
  auto added = co_await git_output(git, purpose, stop);
  if (!added) co_return added.error();
  git.arguments = {"commit", "--quiet", "--no-verify", "-m", "import " + tree.package};
  auto committed = co_await git_output(git, purpose, stop);
  if (!committed) co_return committed.error();
  std::error_code ignored;
  fs::remove(repository / "index", ignored);
  if (is_repository(target)) {
    // What is built from the older one goes on, and its commits stay.
    remove_leftovers(target);
    git = {};
    git.git_dir = target;
    git.arguments = {"fetch", "--quiet", "--no-write-fetch-head", "--no-auto-maintenance", repository.string(), "+refs/heads/*:refs/heads/*"};
    auto fetched = co_await git_output(git, purpose, stop);
    if (!fetched) co_return fetched.error();
    co_return write_file_atomic(target / kImported, *mark);
  }
  if (auto marked = write_file_atomic(repository / kImported, *mark); !marked) co_return marked.error();
  // Before it gets its name: a power cut would leave a repository with empty objects, for ever.
  if (auto synced = sync_file_system(repository); !synced) co_return synced.error();
  fs::remove_all(target, ignored);
  co_return publish(repository, target);
}

// Whether what was imported is what the package has now. Once it is imported, the package may go.
asio::awaitable<Result<bool>> TreeStore::is_imported(TreeSpec tree, fs::path target, std::stop_token stop) {
  if (!is_repository(target)) co_return false;
  const auto archive = find_archive(tree, package_directory_);
  const auto found = read_file(target / kImported);
  if (found) {
    if (!archive) co_return found->starts_with(tree.package + " ");
    auto mark = import_mark(tree, *archive);
    if (!mark) co_return mark.error();
    co_return *found == *mark;
  }
  // By an earlier klab, which left no mark.
  GitCall last;
  last.git_dir = target;
  last.arguments = {"log", "-1", "--format=%s", "HEAD"};
  auto subject = co_await git_output(last, fmt::format("read tree \"{}\"", tree.name), stop);
  if (!subject && subject.error().kind == ErrorKind::stopped) co_return subject.error();
  if (!subject || trim(*subject) != "import " + tree.package) co_return false;
  if (!archive) co_return true;
  auto mark = import_mark(tree, *archive);
  if (!mark) co_return mark.error();
  if (auto marked = write_file_atomic(target / kImported, *mark); !marked) co_return marked.error();
  co_return true;
}

// Once a process: what earlier ones that were killed left behind, or a power cut has emptied.
asio::awaitable<Result<void>> TreeStore::mend(fs::path repository) {
  if (!std::exchange(swept_, true)) {
    ProcessSpec remove;
    remove.argv = {"rm", "-rf", "--"};
    for (const char* purpose : {".import-", ".borrow-"})
      for (const auto& left : left_scratch(directory_, purpose)) remove.argv.push_back(left.string());
    if (remove.argv.size() > 3)
      if (auto removed = co_await run_process(std::move(remove), {}); !removed) co_return removed.error();
  }
  std::error_code ignored;
  if (mended_.insert(repository).second)
    for (const auto& path : empty_objects(repository)) fs::remove(path, ignored);
  co_return Result<void>{};
}

asio::awaitable<Result<fs::path>> TreeStore::object_store(TreeSpec tree, std::stop_token stop) {
  if (auto valid = check(tree); !valid) co_return valid.error();
  if (auto made = make_directories(directory_); !made) co_return made.error();
  if (!tree.remote.empty()) {
    const auto ours = fetched(tree);
    if (auto there = co_await fetch_unless_there(tree, stop); !there) co_return there.error();
    if (auto plain = plain_attributes(ours); !plain) co_return plain.error();
    co_return ours;
  }
  const fs::path target = directory_ / (tree.name + ".git");
  auto guard = co_await importing_.acquire(stop);
  if (!guard) co_return guard.error();
  if (auto mended = co_await mend(target); !mended) co_return mended.error();
  if (!tree.package.empty()) {
    auto there = co_await is_imported(tree, target, stop);
    if (!there) co_return there.error();
    if (!*there) {
      auto archive = find_archive(tree, package_directory_);
      if (!archive) co_return archive.error();
      auto imported = co_await import_package(tree, *archive, target, stop);
      if (!imported)
        co_return explain_disk(imported.error(), fmt::format("import tree \"{}\"", tree.name), directory_.parent_path());
    }
    if (auto plain = plain_attributes(target); !plain) co_return plain.error();
    co_return target;
  }

  auto objects = co_await objects_of(tree, stop);
  if (!objects) co_return objects.error();
  if (!is_repository(target)) {
    auto scratch = TemporaryDirectory::create(directory_, scratch_prefix(".borrow-"));
    if (!scratch) co_return scratch.error();
    auto made = co_await new_repository(scratch->path() / "repository", stop);
    if (!made) co_return made.error();
    std::error_code ignored;
    fs::remove_all(target, ignored);
    if (auto moved = publish(scratch->path() / "repository", target); !moved) co_return moved.error();
  }
  if (auto plain = plain_attributes(target); !plain) co_return plain.error();
  const std::string wanted = objects->string() + "\n";
  const fs::path alternates = target / "objects" / "info" / "alternates";
  auto current = read_file(alternates);
  if (!current || *current != wanted)
    if (auto written = write_file_atomic(alternates, wanted); !written) co_return written.error();
  co_return target;
}

asio::awaitable<Result<fs::path>> TreeStore::repository(TreeSpec tree, std::stop_token stop) {
  auto store = co_await object_store(tree, stop);
  if (!store || tree.repository.empty()) co_return store;
  std::error_code ec;
  const fs::path absolute = fs::canonical(tree.repository, ec);
  co_return fs::exists(absolute / ".git", ec) ? absolute / ".git" : absolute;
}

asio::awaitable<Result<std::string>> TreeStore::resolve(TreeSpec tree, std::string ref,
                                                        std::stop_token stop) {
  auto where = co_await repository(tree, stop);
  if (!where) co_return where.error();
  if (ref.empty()) ref = tree.ref;
  GitCall call;
  call.git_dir = *where;
  call.arguments = {"rev-parse", "--verify", "--end-of-options", ref + "^{commit}"};
  auto spec = git_process(call);
  auto ended = co_await run_process(std::move(spec), stop);
  if (!ended) co_return ended.error();
  std::string commit(trim(ended->out));
  if (ended->ok() && commit.size() == 40) co_return commit;
  // Neither says that there is no such commit; another base would be taken instead.
  if (ended->signal != 0 || tells_of_damage(ended->err)) {
    Error error = lab_error("cannot look for \"{}\" in tree \"{}\" ({}): git: {}", printable(ref), tree.name, where->string(), ended->describe());
    error.tail = tail(ended->err, 5);
    co_return error;
  }
  Error error = input_error("cannot find \"{}\" in tree \"{}\": no such commit, branch or tag in {}",
                            printable(ref), tree.name, where->string());
  error.tail = tail(ended->err, 5);
  co_return error;
}

asio::awaitable<std::string> TreeStore::moving_ref(TreeSpec tree, std::string ref, std::stop_token stop) {
  GitCall call;
  call.git_dir = !tree.remote.empty() ? fetched(tree) : directory_ / (tree.name + ".git");
  if (!tree.repository.empty()) {
    std::error_code missing, ignored;
    const fs::path absolute = fs::canonical(tree.repository, missing);
    if (missing) co_return std::string();
    call.git_dir = fs::exists(absolute / ".git", ignored) ? absolute / ".git" : absolute;
  }
  if (!check(tree) || !is_repository(call.git_dir)) co_return std::string();
  call.arguments = {"rev-parse", "--verify", "--symbolic-full-name", "--end-of-options", ref};
  auto name = co_await git_output(call, fmt::format("look for \"{}\"", printable(ref)), stop);
  if (!name) co_return std::string();
  std::string full(trim(*name));
  co_return full.starts_with("refs/tags/") ? std::string() : full;
}

}  // namespace klab
