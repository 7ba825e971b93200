// SPDX-License-Identifier: GPL-3.0-or-later
// What a kernel is built over, and which directories make up a finished build's tree.
#include <algorithm>

#include "build/builder.hpp"
#include "build/cache_paths.hpp"
#include "build/job.hpp"
#include "build/listing.hpp"
#include "build/neighbour.hpp"
#include "build/recipe.hpp"
#include "util/offload.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace {

// The one used last first.
std::vector<Manifest> kept_kernels(const fs::path& cache) {
  std::vector<std::pair<fs::file_time_type, Manifest>> found;
  std::error_code ec, ignored;
  for (fs::directory_iterator it(cache / "kernels", ec), end; !ec && it != end; it.increment(ec))
    if (auto manifest = read_manifest(it->path()); manifest && manifest->key == it->path().filename())
      found.emplace_back(fs::last_write_time(it->path(), ignored), std::move(*manifest));
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<Manifest> kept;
  for (auto& [used, manifest] : found) kept.push_back(std::move(manifest));
  return kept;
}

}  // namespace

asio::awaitable<Result<void>> KernelBuilder::check_layer(fs::path directory, std::string wanted) {
  auto work = [directory, wanted]() -> Result<void> {
    auto now = listing_hash(directory);
    if (now && *now == wanted) return {};
    return lab_error("cannot use \"{}\": it is not what was built there", directory.string());
  };
  co_return co_await offload(disk_, std::move(work));
}

// An error when one of them is gone or not as it was.
asio::awaitable<Result<KernelBuilder::Stack>> KernelBuilder::stack(const BuildJob& job, Manifest manifest, std::size_t most) {
  Stack stack;
  std::string listing = manifest.facts["layer"];
  for (;;) {
    if (stack.directories.size() == most) co_return lab_error("cannot use build \"{}\": it lies over too many others", manifest.key);
    auto layer = layers_.kept(manifest.key);
    if (!layer) co_return lab_error("cannot use build \"{}\": its objects are gone", manifest.key);
    auto checked = co_await check_layer(*layer, listing);
    if (!checked) co_return checked.error();
    stack.directories.push_back(*layer);
    const std::string below = manifest.facts["baseline"];
    if (job.mode == LayerMode::copy || below.empty()) break;
    // As it was when the one above was built over it.
    listing = manifest.facts["baseline layer"];
    // Its artefacts are not needed, and may be damaged.
    auto read = [directory = kernel_directory(options_.cache_directory, below)] { return read_manifest(directory); };
    auto next = co_await offload(disk_, std::move(read));
    if (!next || next->key != below) co_return lab_error("cannot use build \"{}\": what it was built over is gone", manifest.key);
    manifest = std::move(*next);
  }
  stack.commit = manifest.facts["commit"];
  if (job.mode == LayerMode::copy) co_return stack;
  stack.directories.push_back(options_.cache_directory / "sources" / stack.commit);
  std::error_code ec;
  if (!fs::is_directory(stack.directories.back(), ec))
    co_return lab_error("cannot use \"{}\": it is gone", stack.directories.back().string());
  co_return stack;
}

// Whether a module or a series can be built over the kernel; otherwise the log says why it is built again.
asio::awaitable<bool> KernelBuilder::sound(const BuildJob& job, Manifest manifest, std::size_t most, fs::path log) {
  auto lower = co_await stack(job, std::move(manifest), most);
  if (!lower) append_line(log, fmt::format("klab: {}; it is built again", lower.error().message));
  co_return lower.has_value();
}

asio::awaitable<Result<Manifest>> KernelBuilder::baseline(const BuildJob& job, fs::path log,
                                                          std::stop_token stop) {
  BuildJob base = job;
  base.request.patches.clear();
  auto unpatched = co_await apply(base.request, stop);
  if (!unpatched) co_return unpatched.error();
  base.applied = std::move(*unpatched);
  base.key = kernel_key(base.applied, base.request.kconfig, base.request.architecture, base.tools);
  auto there = co_await open(kernel_directory(options_.cache_directory, base.key), base.key);
  if (!there) say_damaged(log, kernel_directory(options_.cache_directory, base.key), there.error());
  bool usable = there.has_value();
  if (usable) usable = co_await sound(base, *there, kMostLayers - 1, log);
  if (usable) co_return there;
  append_line(log, fmt::format("klab: the baseline {} is built first", base.request.commit.substr(0, 12)));
  co_return co_await make_kernel(base, log, stop);
}

asio::awaitable<Result<KernelBuilder::Foundation>> KernelBuilder::over_baseline(const BuildJob& job, fs::path log,
                                                                                std::stop_token stop) {
  Foundation foundation;
  auto base = co_await baseline(job, log, stop);
  // A fragment may ask for what the series brings: what is left without it is built once and kept.
  BuildJob without = job;
  auto& fragments = without.request.kconfig.fragments;
  while (!base && base.error().kind == ErrorKind::input && fragments.size() > 1) {
    append_line(log, fmt::format("klab: the baseline without kconfig {} is taken: {}", fragments.back().name,
                                 printable(base.error().message)));
    fragments.pop_back();
    base = co_await baseline(without, log, stop);
  }
  if (base) {
    foundation.built = *base;
    if (base->key == job.key) co_return foundation;
    auto below = co_await stack(job, *base, kMostLayers - 1);
    if (!below) co_return below.error();
    foundation.tree = std::move(*below);
    co_return foundation;
  }
  if (base.error().kind != ErrorKind::failed && base.error().kind != ErrorKind::input) co_return base.error();
  // The series may be what makes this tree build, or what brings the symbol that is asked for.
  append_line(log, fmt::format("klab: the baseline does not build ({}); building from scratch",
                               printable(base.error().message)));
  co_return foundation;
}

asio::awaitable<KernelBuilder::Foundation> KernelBuilder::over_neighbour(const BuildJob& job, fs::path log,
                                                                         std::stop_token stop) {
  Foundation foundation;
  auto look = [cache = options_.cache_directory] { return kept_kernels(cache); };
  auto kept = co_await offload(disk_, std::move(look));
  std::optional<Neighbour> nearest;
  for (;;) {
    nearest = co_await nearest_neighbour(job, kept, stop);
    if (!nearest) co_return foundation;
    mark_used(kernel_directory(options_.cache_directory, nearest->built.key));
    auto below = co_await stack(job, nearest->built, 1);
    if (below) {
      foundation.tree = std::move(*below);
      break;
    }
    append_line(log, fmt::format("klab: {}; it is not built over", below.error().message));
    std::erase_if(kept, [&](const Manifest& other) { return other.key == nearest->built.key; });
  }
  const std::size_t files = nearest->changes.changed.size() + nearest->changes.deleted.size();
  append_line(log, fmt::format("klab: built over the objects of {}, from which {} {}", nearest->built.facts["commit"].substr(0, 12), files,
                               files == 1 ? "file differs" : "files differ"));
  foundation.built = std::move(nearest->built);
  foundation.changes = std::move(nearest->changes);
  foundation.same_commit = false;
  co_return foundation;
}

}  // namespace klab
