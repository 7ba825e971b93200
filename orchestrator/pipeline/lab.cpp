// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/lab.hpp"

namespace klab {

BuilderOptions builder_options(const Config& config) {
  BuilderOptions options;
  options.cache_directory = config.cache;
  options.jobs = config.build.jobs;
  options.limits.memory = config.build.memory;
  options.limits.processes = config.build.processes;
  options.limits.disk = config.build.disk;
  options.limits.time = config.build.time;
  for (const auto& [name, tree] : config.trees) 
    options.trees.push_back({tree.name, tree.repository, tree.ref, tree.package, tree.remote, tree.fetch_limit});
  return options;
}

}  // namespace klab
