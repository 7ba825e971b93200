// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/neighbour.hpp"

#include <algorithm>

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
  // Its own key: a damaged one that is to be made again.
  return built.key != job.key && fact("applied") == fact("commit") && fact("baseline").empty() && !fact("commit").empty() &&
         fact("toolchain") == job.tools.identity && fact("architecture") == name(job.request.architecture);
}

// Of each commit the id of its tree, empty where the store does not have it; by one call of git for all.
asio::awaitable<std::vector<std::string>> trees_of(const std::filesystem::path& object_store, const std::vector<Manifest>& built,
                                                   std::stop_token stop) {
  GitCall git;
  git.git_dir = object_store;
  git.arguments = {"cat-file", "--batch-check=%(objecttype) %(objectname)"};
  for (const Manifest& one : built) git.input += one.facts.at("commit") + "^{tree}\n";
  auto answer = co_await git_output(git, "look commits up", stop);
  std::vector<std::string> trees(built.size());
  if (!answer) co_return trees;
  const auto lines = split_lines(*answer);
  for (std::size_t i = 0; i < std::min(lines.size(), trees.size()); ++i)
    if (lines[i].starts_with("tree ")) trees[i] = lines[i].substr(5);
  co_return trees;
}

}  // namespace

asio::awaitable<std::optional<Neighbour>> nearest_neighbour(const BuildJob& job, std::vector<Manifest> kept, std::stop_token stop) {
  std::optional<Neighbour> nearest;
  std::size_t fewest = kMostChangedFiles + 1, looked_at = 0;
  std::erase_if(kept, [&](const Manifest& built) { return !may_do(job, built); });
  const auto trees = co_await trees_of(job.object_store, kept, stop);
  for (std::size_t i = 0; i < kept.size() && looked_at < kMostNeighbours; ++i) {
    AppliedSeries there;
    there.tree_id = trees[i];
    // The key stands for all that went in, also for the configuration that no fact names.
    if (there.tree_id.empty() || kernel_key(there, job.request.kconfig, job.request.architecture, job.tools) != kept[i].key) continue;
    ++looked_at;
    const std::string from = kept[i].facts["commit"];
    auto changes = co_await changes_between(job.object_store, from, job.applied, stop);
    if (!changes) continue;
    const std::size_t files = changes->changed.size() + changes->deleted.size();
    if (files >= fewest) continue;
    fewest = files;
    nearest = Neighbour{kept[i], std::move(*changes)};
  }
  co_return nearest;
}

}  // namespace klab
