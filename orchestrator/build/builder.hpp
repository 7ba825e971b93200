// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <filesystem>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "build/apply.hpp"
#include "build/layers.hpp"
#include "build/lock.hpp"
#include "build/tree.hpp"
#include "model/variant.hpp"
#include "util/result.hpp"

namespace klab {

// A module of ours, built outside the tree against the finished kernel. `hash` stands for the
// contents of `source`, a directory with a Kbuild file that makes <name>.ko.
struct ModuleRequest {
  std::string name;
  std::filesystem::path source;
  std::string hash;
};

// What a build leaves behind. Files are never written again; another build never shares them.
struct Artefacts {
  std::string key;                  // hash of all that went in; see build/key.hpp
  std::filesystem::path directory;
  std::filesystem::path kernel;     // bzImage, Image
  std::filesystem::path config;
  std::filesystem::path build_log;  // of the build that made them
  std::map<std::string, std::filesystem::path> modules;  // request name to .ko
  std::string release;              // as uname -r will say
  std::string compiler;             // first line of gcc --version
  bool from_cache = false;          // kernel and all modules were there already
  double seconds = 0.0;             // spent in this call
  std::map<std::string, std::string> checksums;  // file name (modules: <name>.ko) to SHA-256
};

struct BuilderOptions {
  std::filesystem::path cache_directory;
  std::vector<TreeSpec> trees;
  unsigned jobs = 0;                   // of make; 0: one per CPU
  std::chrono::seconds limit{7200};    // of one make
  LayerMode mode = LayerMode::probe;
};

// Builds kernels under the cache directory, one at a time; finished ones are answered from the cache
// without waiting. One KernelBuilder per cache directory, one reactor thread. All make, Kconfig and
// module work happens in bubblewrap without network; only the build's own directory can be written.
//
//   sources/<commit>    the pristine source
//   layers/<key>        what building has added to it: an overlay's upper directory, or a whole copy
//   kernels/<key>       artefacts and manifest.json, the latter written last
//   modules/<key>       one out-of-tree module and its manifest
//   building/<key>      unfinished; discarded whole, never taken up again
//
// A series is built over the objects of its baseline, which is built first when it is not there.
class KernelBuilder {
 public:
  KernelBuilder(BuilderOptions options, TreeStore& trees);

  // Applies the request's patches without building: kind failed means that they do not apply.
  // Remembered, so that a build() that follows does not apply them again.
  boost::asio::awaitable<Result<AppliedSeries>> apply(BuildRequest request, std::stop_token stop);

  // Kind failed: the kernel or a module does not build (or, when apply() was not called before, the
  // patches do not apply); the message names the first cause, tail is the end of the log. Kind input:
  // a kconfig fragment asks for what this tree cannot give. `log` receives the whole output as it
  // comes, also of failed builds, and is appended to.
  boost::asio::awaitable<Result<Artefacts>> build(BuildRequest request, std::vector<ModuleRequest> modules,
                                                  std::filesystem::path log, std::stop_token stop);

 private:
  struct Job;
  boost::asio::awaitable<Result<Job>> prepare(BuildRequest request, std::stop_token stop);
  boost::asio::awaitable<Result<void>> make_kernel(Job& job, std::filesystem::path log, std::stop_token stop);
  boost::asio::awaitable<Result<void>> make_module(const Job& job, const ModuleRequest& module,
                                                   std::filesystem::path log, std::stop_token stop);

  BuilderOptions options_;
  TreeStore& trees_;
  Layers layers_;
  CoroutineLock building_;
  std::map<std::string, AppliedSeries> applied_;
  boost::asio::thread_pool disk_{1};
};

}  // namespace klab
