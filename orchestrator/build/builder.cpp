// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/builder.hpp"

#include <unistd.h>

#include <algorithm>
#include <thread>

#include "build/cache_lock.hpp"
#include "build/cache_paths.hpp"
#include "build/job.hpp"
#include "build/job_failure.hpp"
#include "build/listing.hpp"
#include "util/cgroup.hpp"
#include "util/file.hpp"
#include "util/hash.hpp"
#include "util/offload.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace {

std::string patches_key(const BuildRequest& request) {
  FieldHash hash;
  hash.add("tree", request.tree).add("commit", request.commit);
  for (const Patch& patch : request.patches) hash.add("patch", patch.mail);
  return hash.hex();
}

// A build may have locked the directories that it was given: they are klab's, to read, write and rename.
void unlock(const fs::path& directory) {
  std::error_code ignored;
  fs::permissions(directory, fs::perms::owner_all, fs::perm_options::add, ignored);
}

}  // namespace

KernelBuilder::KernelBuilder(BuilderOptions options, TreeStore& trees)
    : options_(std::move(options)), trees_(trees), layers_(options_.cache_directory, options_.mode) {
  options_.limits = resolved(options_.limits);
}

asio::awaitable<Result<Manifest>> KernelBuilder::open(fs::path directory, std::string key) {
  auto work = [directory, key] { return open_sealed(directory, key); };
  co_return co_await offload(disk_, std::move(work));
}

asio::awaitable<Result<AppliedSeries>> KernelBuilder::apply(BuildRequest request, std::stop_token stop) {
  const std::string purpose = fmt::format("apply patches to \"{}\"", printable(request.tree));
  auto applied = co_await apply_patches(std::move(request), stop);
  if (!applied) co_return explain_disk(applied.error(), purpose, options_.cache_directory);
  co_return applied;
}

asio::awaitable<Result<AppliedSeries>> KernelBuilder::apply_patches(BuildRequest request,
                                                                    std::stop_token stop) {
  const auto tree = std::find_if(options_.trees.begin(), options_.trees.end(),
                                 [&](const TreeSpec& spec) { return spec.name == request.tree; });
  if (tree == options_.trees.end())
    co_return input_error("cannot use tree \"{}\": it is not configured", request.tree);
  // Before the first scratch directory: it clears away those of earlier processes.
  auto mode = co_await layers_.mode(stop);
  if (!mode) co_return mode.error();
  const std::string memory = patches_key(request);
  if (const auto found = applied_.find(memory); found != applied_.end()) co_return found->second;
  auto store = co_await trees_.object_store(*tree, stop);
  if (!store) co_return store.error();
  ApplyRequest apply{*store, options_.cache_directory / "building", request.commit,
                     std::move(request.patches)};
  if (auto made = make_directories(apply.scratch); !made) co_return made.error();
  auto applied = co_await apply_series(std::move(apply), stop);
  if (!applied) co_return applied.error();
  applied_[memory] = *applied;
  co_return applied;
}

asio::awaitable<Result<BuildJob>> KernelBuilder::prepare(BuildRequest request, std::stop_token stop) {
  BuildJob job;
  auto symbols = requested_symbols(request.kconfig);
  if (!symbols) co_return symbols.error();
  job.symbols = std::move(*symbols);
  auto applied = co_await apply(request, stop);
  if (!applied) co_return applied.error();
  job.applied = std::move(*applied);
  const auto tree = std::find_if(options_.trees.begin(), options_.trees.end(),
                                 [&](const TreeSpec& spec) { return spec.name == request.tree; });
  auto store = co_await trees_.object_store(*tree, stop);
  if (!store) co_return store.error();
  job.object_store = std::move(*store);
  job.below = request.commit;
  auto tools = co_await toolchain(request.architecture, stop);
  if (!tools) co_return tools.error();
  job.tools = std::move(*tools);
  auto mode = co_await layers_.mode(stop);
  if (!mode) co_return mode.error();
  job.mode = *mode;
  job.request = std::move(request);
  job.key = kernel_key(job.applied, job.request.kconfig, job.request.architecture, job.tools);
  co_return job;
}

BuildSteps KernelBuilder::steps(const BuildJob& job, fs::path log) {
  const CgroupPlace place = find_cgroup_place("/", ::geteuid() == 0, true);
  return {job,
          std::move(log),
          jobs(),
          options_.limits,
          job.deadline.value_or(std::chrono::steady_clock::now() + options_.limits.time),
          options_.cache_directory,
          place.parent,
          disk_,
          watchers_};
}

asio::awaitable<Result<Artefacts>> KernelBuilder::find(const BuildJob& job,
                                                       const std::vector<ModuleRequest>& modules) {
  Artefacts found;
  found.key = job.key;
  found.directory = kernel_directory(options_.cache_directory, job.key);
  mark_used(found.directory);
  auto manifest = co_await open(found.directory, job.key);
  if (!manifest) co_return manifest.error();
  const fs::path image = recipe(job.request.architecture).image;
  found.kernel = found.directory / image.filename();
  found.config = found.directory / "config";
  found.build_log = found.directory / "build.log";
  found.release = manifest->facts["release"];
  found.compiler = manifest->facts["compiler"];
  found.checksums = manifest->files;
  for (const auto& [file, sum] : manifest->files)
    if (file.starts_with("modules/")) found.in_tree_modules[fs::path(file).stem()] = found.directory / file;
  for (const ModuleRequest& module : modules) {
    const std::string key = module_key(job.key, module.name, module.hash);
    mark_used(module_directory(options_.cache_directory, key));
    auto sealed = co_await open(module_directory(options_.cache_directory, key), key);
    if (!sealed) co_return sealed.error();
    found.modules[module.name] = module_directory(options_.cache_directory, key) / (module.name + ".ko");
    found.checksums[module.name + ".ko"] = sealed->files[module.name + ".ko"];
  }
  co_return found;
}

asio::awaitable<Result<Artefacts>> KernelBuilder::build(BuildRequest request,
                                                        std::vector<ModuleRequest> modules, fs::path log,
                                                        std::stop_token stop) {
  const std::string purpose = fmt::format("build \"{}\"", describe(request));
  auto built = co_await build_or_find(std::move(request), std::move(modules), std::move(log), stop);
  if (!built) co_return explain_disk(built.error(), purpose, options_.cache_directory);
  co_return built;
}

asio::awaitable<Result<Artefacts>> KernelBuilder::build_or_find(BuildRequest request,
                                                                std::vector<ModuleRequest> modules,
                                                                fs::path log, std::stop_token stop) {
  const auto start = std::chrono::steady_clock::now();
  // Before anything else is there, and only when no other klabd builds.
  if (auto lock = try_lock_cache(options_.cache_directory); lock && *lock) co_await layers_.sweep();
  auto job = co_await prepare(std::move(request), stop);
  if (!job) co_return job.error();
  auto found = co_await find(*job, modules);
  const bool from_cache = found.has_value();
  if (!from_cache) {
    auto guard = co_await building_.acquire(stop);
    if (!guard) co_return guard.error();
    auto say = [log] { append_line(log, "klab: another klabd builds in this cache; waiting until it has done"); };
    std::function<void()> waiting = say;
    auto lock = co_await lock_cache(options_.cache_directory, std::move(waiting), stop);
    if (!lock) co_return lock.error();
    auto made = co_await make_missing(*job, modules, log, stop);
    if (!made) co_return made.error();
    found = co_await find(*job, modules);
    if (!found) co_return found.error();
  } else {
    append_line(log, fmt::format("klab: already built as {}", found->directory.string()));
  }
  found->from_cache = from_cache;
  found->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  co_return found;
}

asio::awaitable<Result<void>> KernelBuilder::make_missing(const BuildJob& job,
                                                          const std::vector<ModuleRequest>& modules,
                                                          fs::path log, std::stop_token stop) {
  auto kernel = co_await open(kernel_directory(options_.cache_directory, job.key), job.key);
  if (!kernel) say_damaged(log, kernel_directory(options_.cache_directory, job.key), kernel.error());
  std::vector<const ModuleRequest*> missing;
  for (const ModuleRequest& module : modules) {
    const std::string key = module_key(job.key, module.name, module.hash);
    auto sealed = co_await open(module_directory(options_.cache_directory, key), key);
    if (sealed) continue;
    say_damaged(log, module_directory(options_.cache_directory, key), sealed.error());
    missing.push_back(&module);
  }
  bool usable = kernel.has_value();
  if (usable && !missing.empty()) usable = co_await sound(job, *kernel, kMostLayers, log);
  if (!usable) {
    kernel = co_await make_kernel(job, log, stop);
    if (!kernel) co_return kernel.error();
  }
  for (const ModuleRequest* module : missing) {
    auto made = co_await make_module(job, *kernel, *module, log, stop);
    if (!made) co_return made.error();
  }
  co_return Result<void>();
}

asio::awaitable<Result<Manifest>> KernelBuilder::make_kernel(const BuildJob& job, fs::path log,
                                                             std::stop_token stop) {
  Foundation foundation;
  if (job.request.patches.empty()) {
    foundation = co_await over_neighbour(job, log, stop);
  } else {
    auto over = co_await over_baseline(job, log, stop);
    if (!over) co_return over.error();
    foundation = std::move(*over);
    if (foundation.built.key == job.key) co_return std::move(foundation.built);
  }
  const bool other_commit = !foundation.same_commit;
  BuildJob timed = job;
  timed.deadline = std::chrono::steady_clock::now() + options_.limits.time;
  auto made = co_await make_over(timed, std::move(foundation), log, stop);
  if (made || !other_commit || made.error().kind != ErrorKind::failed || std::chrono::steady_clock::now() >= *timed.deadline) co_return made;
  append_line(log, "klab: over another commit's objects it does not build; building from scratch");
  Foundation nothing;
  co_return co_await make_over(std::move(timed), std::move(nothing), log, stop);
}

asio::awaitable<Result<Manifest>> KernelBuilder::make_over(BuildJob job, Foundation foundation, fs::path log,
                                                           std::stop_token stop) {
  std::vector<fs::path> lower;
  if (foundation.tree) {
    lower = std::move(foundation.tree->directories);
    if (!foundation.same_commit) {
      job.applied = std::move(foundation.changes);
      job.below = foundation.built.facts["commit"];
    }
  }
  // The lowest is compared with its listing, and extracted where it is not there.
  if (!foundation.tree || job.mode != LayerMode::copy) {
    const std::string commit = foundation.tree ? foundation.tree->commit : job.request.commit;
    auto source = co_await layers_.source(job.object_store, commit, log, stop);
    if (!source) co_return source.error();
    if (!foundation.tree) lower.push_back(*source);
  }
  auto workspace = co_await layers_.begin(job.key, std::move(lower), stop);
  if (!workspace) co_return workspace.error();
  auto release = co_await run_kernel(steps(job, log), *workspace, foundation.tree.has_value(), stop);
  if (!release) {
    co_await layers_.discard(workspace->directory);
    co_return release.error();
  }
  Manifest manifest;
  manifest.key = job.key;
  manifest.facts = {{"commit", job.request.commit},
                    {"applied", job.applied.commit},
                    {"baseline", foundation.built.key},
                    {"baseline layer", foundation.built.facts["layer"]},
                    {"architecture", std::string(name(job.request.architecture))},
                    {"compiler", job.tools.compiler},
                    {"toolchain", job.tools.identity},
                    {"release", *release}};
  auto list = [upper = workspace->upper]() -> Result<std::string> {
    unlock(upper);
    if (auto synced = sync_file_system(upper); !synced) return synced.error();
    return listing_hash(upper);
  };
  auto layer = co_await offload(disk_, std::move(list));
  if (layer) manifest.facts["layer"] = *layer;
  std::vector<std::string> required;
  required.push_back(fs::path(recipe(job.request.architecture).image).filename());
  required.push_back("config");
  Result<Manifest> sealed = layer ? Result<Manifest>(std::move(manifest)) : Result<Manifest>(layer.error());
  if (sealed) sealed = co_await seal(workspace->out, *sealed, log, std::move(required));
  if (sealed) {
    auto kept = co_await layers_.keep(*workspace, job.key);
    if (!kept) sealed = kept.error();
  }
  if (sealed) {
    auto published = co_await publish(workspace->out, kernel_directory(options_.cache_directory, job.key));
    if (!published) sealed = published.error();
  }
  co_await layers_.discard(workspace->directory);
  co_return sealed;
}

asio::awaitable<Result<void>> KernelBuilder::make_module(const BuildJob& job, const Manifest& kernel,
                                                         const ModuleRequest& module, fs::path log,
                                                         std::stop_token stop) {
  const std::string key = module_key(job.key, module.name, module.hash);
  const fs::path directory = options_.cache_directory / "building" / key;
  co_await layers_.discard(directory);
  if (auto made = make_directories(directory / "out"); !made) co_return made.error();
  std::error_code ec;
  fs::copy(module.source, directory / "source", fs::copy_options::recursive, ec);
  if (ec)
    co_return lab_error("cannot copy module \"{}\" from \"{}\": {}", module.name, module.source.string(),
                        ec.message());
  auto lower = co_await stack(job, kernel, kMostLayers);
  if (!lower) co_return lower.error();
  auto built = co_await run_module(steps(job, log), module.name, std::move(lower->directories), directory, stop);
  if (built) {
    Manifest manifest;
    manifest.key = key;
    manifest.facts = {{"kernel", job.key}, {"source", module.hash}};
    std::vector<std::string> required(1, module.name + ".ko");
    auto sealed = co_await seal(directory / "out", std::move(manifest), log, std::move(required));
    if (!sealed) built = sealed.error();
  }
  if (built) built = co_await publish(directory / "out", module_directory(options_.cache_directory, key));
  co_await layers_.discard(directory);
  co_return built;
}

asio::awaitable<Result<Manifest>> KernelBuilder::seal(fs::path out, Manifest manifest, fs::path log,
                                                      std::vector<std::string> required) {
  SealLimits limits;
  limits.required = std::move(required);
  auto work = [out, log, limits, manifest = std::move(manifest)]() -> Result<Manifest> {
    std::error_code ignored;
    unlock(out);
    fs::remove_all(out / "build.log", ignored);
    fs::copy_file(log, out / "build.log", ignored);
    if (auto synced = sync_file_system(out); !synced) return synced.error();
    return seal_directory(out, manifest, limits);
  };
  co_return co_await offload(disk_, std::move(work));
}

// Whatever stood there was damaged, or it would not be made again.
asio::awaitable<Result<void>> KernelBuilder::publish(fs::path from, fs::path to) {
  if (auto made = make_directories(to.parent_path()); !made) co_return made.error();
  co_await layers_.discard(to);
  std::error_code ec;
  fs::rename(from, to, ec);
  if (ec) co_return lab_error("cannot create \"{}\": {}", to.string(), ec.message());
  co_return Result<void>();
}

unsigned KernelBuilder::jobs() const {
  return options_.jobs > 0 ? options_.jobs : std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace klab
