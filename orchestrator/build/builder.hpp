// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "build/apply.hpp"
#include "build/layers.hpp"
#include "build/limits.hpp"
#include "build/lock.hpp"
#include "build/manifest.hpp"
#include "build/tree.hpp"
#include "model/variant.hpp"
#include "util/result.hpp"

namespace klab {

struct BuildJob;
struct BuildSteps;

// A module of ours, built outside the tree against the finished kernel. `hash` stands for the
// contents of `source`, a directory with a Kbuild file that makes <name>.ko.
struct ModuleRequest {
  std::string name;
  std::filesystem::path source;
  std::string hash;
};

// What a build leaves behind. Files are never written again; another build never shares them.
struct Artefacts {
  std::string key;  // hash of all that went in; see build/recipe.hpp
  std::filesystem::path directory;
  std::filesystem::path kernel;  // bzImage, Image
  std::filesystem::path config;
  std::filesystem::path build_log;                               // of the build that made them
  std::map<std::string, std::filesystem::path> modules;          // request name to .ko
  std::map<std::string, std::filesystem::path> in_tree_modules;  // "test_workqueue" to .ko
  std::string release;                                           // as uname -r will say
  std::string compiler;                                          // first line of gcc --version
  bool from_cache = false;                                       // kernel and all modules were there already
  double seconds = 0.0;                                          // spent in this call
  std::map<std::string, std::string> checksums;                  // file name (modules: <name>.ko) to SHA-256
};

struct BuilderOptions {
  std::filesystem::path cache_directory;
  std::vector<TreeSpec> trees;
  unsigned jobs = 0;   // of make; 0: one per CPU
  BuildLimits limits;  // of one kernel, and of one module
  LayerMode mode = LayerMode::probe;
};

// Builds kernels under the cache directory, one at a time, also when several klabd share it; finished ones are
// answered from the cache without waiting. One KernelBuilder per process and cache directory, one reactor thread. All make, Kconfig and
// module work happens in bubblewrap without network and within BuildLimits; only the build's own
// directory can be written. What is taken from the cache is compared with what was put there: artefacts
// by their hashes, trees by their listings. What differs is made again, and the log says so.
//
//   sources/<commit>    the pristine source, with <commit>.listing
//   layers/<key>        what building has added to it: an overlay's upper directory, or a whole copy
//   kernels/<key>       artefacts and manifest.json, the latter written last
//   modules/<key>       one out-of-tree module and its manifest
//   building/<key>      unfinished; discarded whole, never taken up again
//
// A series is built over the objects of its baseline, which is built first when it is not there. A commit is
// built over those of the commit that differs least from it and was built from nothing with the same
// configuration and compiler (see build/neighbour.hpp); when that fails, from nothing, so that what is stored as
// a failure is the commit's own.
class KernelBuilder {
 public:
  KernelBuilder(BuilderOptions options, TreeStore& trees);

  // Applies the request's patches without building: kind failed means that they do not apply.
  // Remembered, so that a build() that follows does not apply them again.
  boost::asio::awaitable<Result<AppliedSeries>> apply(BuildRequest request, std::stop_token stop);

  // Kind failed: the kernel or a module does not build (or, when apply() was not called before, the
  // patches do not apply); the message names the first cause, tail is the end of the log. Kind input:
  // a kconfig fragment asks for what this tree cannot give. Kind lab with the cache directory's name: its
  // disk is full or read-only. `log` receives the whole output as it
  // comes, also of failed builds, and is appended to.
  boost::asio::awaitable<Result<Artefacts>> build(BuildRequest request, std::vector<ModuleRequest> modules,
                                                  std::filesystem::path log, std::stop_token stop);

 private:
  using Path = std::filesystem::path;
  template <class T>
  using Task = boost::asio::awaitable<Result<T>>;

  // The directories that make up a finished build's tree, topmost first.
  struct Stack {
    std::vector<Path> directories;
    std::string commit;  // whose source is the lowest
  };
  // What a kernel is built over: nothing, or another's tree.
  struct Foundation {
    std::optional<Stack> tree;
    Manifest built;             // of the other
    AppliedSeries changes;      // against it
    bool same_commit = true;    // it is the baseline
  };

  Task<AppliedSeries> apply_patches(BuildRequest request, std::stop_token stop);
  Task<Artefacts> build_or_find(BuildRequest request, std::vector<ModuleRequest> modules, Path log,
                                std::stop_token stop);
  BuildSteps steps(const BuildJob& job, Path log);
  Task<BuildJob> prepare(BuildRequest request, std::stop_token stop);
  Task<Artefacts> find(const BuildJob& job, const std::vector<ModuleRequest>& modules);
  Task<void> make_missing(const BuildJob& job, const std::vector<ModuleRequest>& modules, Path log,
                          std::stop_token stop);
  Task<Manifest> baseline(const BuildJob& job, Path log, std::stop_token stop);
  Task<Foundation> over_baseline(const BuildJob& job, Path log, std::stop_token stop);
  boost::asio::awaitable<Foundation> over_neighbour(const BuildJob& job, Path log, std::stop_token stop);
  Task<Manifest> make_kernel(const BuildJob& job, Path log, std::stop_token stop);
  Task<Manifest> make_over(BuildJob job, Foundation foundation, Path log, std::stop_token stop);
  Task<void> make_module(const BuildJob& job, const Manifest& kernel, const ModuleRequest& module, Path log,
                         std::stop_token stop);
  Task<Manifest> open(Path directory, std::string key);
  Task<Manifest> seal(Path out, Manifest manifest, Path log, std::vector<std::string> required);
  Task<void> publish(Path from, Path to);
  Task<Stack> stack(const BuildJob& job, Manifest manifest, std::size_t most_layers);
  boost::asio::awaitable<bool> sound(const BuildJob& job, Manifest manifest, std::size_t most_layers, Path log);
  Task<void> check_layer(Path directory, std::string wanted);
  unsigned jobs() const;

  BuilderOptions options_;
  TreeStore& trees_;
  Layers layers_;
  CoroutineLock building_;
  std::map<std::string, AppliedSeries> applied_;
  boost::asio::thread_pool disk_{1};
  boost::asio::thread_pool watchers_{2};
};

}  // namespace klab
