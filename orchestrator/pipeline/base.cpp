// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/base.hpp"

namespace klab {

boost::asio::awaitable<Result<ResolvedBase>> resolve_base(TreeStore& trees, TreeSpec tree, std::string asked,
                                                          std::string base_commit, std::stop_token stop) {
  if (!asked.empty()) {
    auto commit = co_await trees.resolve(tree, asked, stop);
    if (!commit) co_return commit.error();
    co_return ResolvedBase{*commit, fmt::format("{} as asked for", asked)};
  }
  std::string tried;
  if (!base_commit.empty()) {
    auto commit = co_await trees.resolve(tree, base_commit, stop);
    if (commit) co_return ResolvedBase{*commit, "base-commit of the series"};
    if (commit.error().kind == ErrorKind::stopped) co_return commit.error();
    tried = fmt::format("; the series' base-commit {} is not in this tree", base_commit.substr(0, 12));
  }
  auto commit = co_await trees.resolve(tree, std::string(), stop);
  if (!commit) co_return commit.error();
  co_return ResolvedBase{*commit, fmt::format("default ref {} of tree {}{}", tree.ref, tree.name, tried)};
}

}  // namespace klab
