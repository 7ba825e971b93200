// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "build/builder.hpp"
#include "build/usage.hpp"
#include "config/config.hpp"
#include "machine/machine.hpp"
#include "pipeline/bell.hpp"
#include "store/boot_store.hpp"
#include "store/build_store.hpp"
#include "store/experiment_store.hpp"
#include "store/host_store.hpp"
#include "store/night_store.hpp"
#include "store/trend_store.hpp"
#include "util/random.hpp"
#include "util/text.hpp"

namespace klab {

// How the configuration wants kernels built.
BuilderOptions builder_options(const Config& config);

// What an experiment is run with. main() makes it once; everything in it lives as long as the reactor
// runs and is used on its thread, except `workers`, which takes blocking work.
struct Lab {
  const Config& config;
  ExperimentStore& experiments;
  BuildStore& builds;
  BootStore& boots;
  HostStore& hosts;
  NightStore& nights;
  TrendStore& trends;
  TreeStore& trees;
  KernelBuilder& builder;
  std::map<std::string, std::unique_ptr<Machine>>& machines;
  boost::asio::thread_pool& workers;
  Bell& bell;                          // rung when an experiment has ended, or a host is quarantined
  std::function<double()> now;  // seconds since the epoch
  struct Room {
    std::function<std::uint64_t(const std::filesystem::path&)> free = free_bytes;
    std::chrono::milliseconds look{5'000};  // how often, while there is too little
    int waiting = 0;                        // experiments, for some
  } room = {};
  std::function<std::uint64_t()> seed = entropy_seed;  // of an experiment's order

  // What is stored may name a tree that has since left the configuration.
  Result<TreeSpec> tree(const std::string& name) const {
    const auto found = config.trees.find(name);
    if (found == config.trees.end())
      return lab_error("cannot use tree \"{0}\": it is no longer configured; add [trees.{0}] to klab.toml again", printable(name));
    const auto& configured = found->second;
    return TreeSpec{configured.name, configured.repository, configured.ref, configured.package, configured.remote, configured.fetch_limit};
  }
};

}  // namespace klab
