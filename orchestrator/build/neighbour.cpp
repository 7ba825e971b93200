// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/neighbour.hpp"

#include "build/git.hpp"
#include "build/recipe.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
namespace {

bool may_do(const BuildJob& job, const Manifest& built) {
  auto fact = [&built](const char* name) {
    const auto found = built.facts.find(name);
    return found == built.facts.end() ? std::string() : found->second;
  };
  return fact("applied") == fact("commit") && fact("baseline").empty() && fact("toolchain") == job.tools.identity &&
         fact("architecture") == name(job.request.architecture) && fact("commit") != job.request.commit;
}

}  // namespace

asio::awaitable<std::optional<Neighbour>> nearest_neighbour(BuildJob job, std::vector<Manifest> kept, std::stop_token stop) {
  std::optional<Neighbour> nearest;
  std::size_t fewest = kMostChangedFiles + 1;
  for (Manifest& built : kept) {
    if (!may_do(job, built)) continue;
    const std::string from = built.facts["commit"];
    GitCall git;
    git.git_dir = job.object_store;
    git.arguments = {"rev-parse", "--verify", "--quiet", from + "^{tree}"};
    auto tree = co_await git_output(git, "look a commit up", stop);
    if (!tree) continue;
    AppliedSeries there;
    there.tree_id = std::string(trim(*tree));
    // The key stands for all that went in, also for the configuration that no fact names.
    if (kernel_key(there, job.request.kconfig, job.request.architecture, job.tools) != built.key) continue;
    auto changes = co_await changes_between(job.object_store, from, job.applied, stop);
    if (!changes) continue;
    const std::size_t files = changes->changed.size() + changes->deleted.size();
    if (files >= fewest) continue;
    fewest = files;
    nearest = Neighbour{std::move(built), std::move(*changes)};
  }
  co_return nearest;
}

}  // namespace klab
