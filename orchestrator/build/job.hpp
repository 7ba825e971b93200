// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "build/apply.hpp"
#include "build/kconfig.hpp"
#include "build/layers.hpp"
#include "build/limits.hpp"
#include "build/recipe.hpp"
#include "model/variant.hpp"
#include "util/result.hpp"

namespace klab {

// "debian-6.12 7f4ae43a849a + 4 patches"
std::string describe(const BuildRequest& request);

// A request with all that is known before the first make.
struct BuildJob {
  BuildRequest request;
  std::vector<SymbolRequest> symbols;
  AppliedSeries applied;  // its changes are against `below`
  std::string below;      // the commit whose source, and perhaps objects, the build begins with
  std::filesystem::path object_store;
  Toolchain tools;
  LayerMode mode = LayerMode::copy;
  std::string key;
  std::optional<std::chrono::steady_clock::time_point> deadline;  // of a second attempt: that of the first
  std::string describe() const { return klab::describe(request); }
};

// How the steps of one build run; refers to what its caller owns.
struct BuildSteps {
  const BuildJob& job;
  std::filesystem::path log;
  unsigned jobs = 1;
  BuildLimits limits;                              // resolved()
  std::chrono::steady_clock::time_point deadline;  // of the whole build
  std::filesystem::path cache;
  std::filesystem::path cgroup_parent;  // see CgroupPlace
  boost::asio::thread_pool& pool;       // for what would hold up the reactor
  boost::asio::thread_pool& watchers;   // see run_contained()
};

// Takes the series' changes, configures unless the baseline's configuration stands, verifies it, runs
// make; results are in workspace.out. Gives the kernel's release. `over_objects`: the workspace already
// holds the objects of `below`.
boost::asio::awaitable<Result<std::string>> run_kernel(BuildSteps steps, Workspace workspace,
                                                       bool over_objects, std::stop_token stop);

// Builds a module against the finished tree `stack` (topmost layer first) from `directory`/source;
// leaves `directory`/out/<name>.ko.
boost::asio::awaitable<Result<void>> run_module(BuildSteps steps, std::string name,
                                                std::vector<std::filesystem::path> stack,
                                                std::filesystem::path directory, std::stop_token stop);

// A line of klab's own between those of make; a log that cannot be written stops nothing.
void append_line(const std::filesystem::path& log, std::string_view line);

}  // namespace klab
