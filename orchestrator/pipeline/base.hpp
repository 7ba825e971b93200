// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <stop_token>
#include <string>

#include "build/tree.hpp"
#include "model/experiment.hpp"

namespace klab {

struct ResolvedBase {
  std::string commit;
  std::string reason;  // for people: why this one, and what was tried before it
};

// The commit an arm is built on: what was asked for; else the series' base-commit where the tree has
// it; else the tree's default. A base that was asked for and is not there is an error; a base-commit
// that is not there is only said.
boost::asio::awaitable<Result<ResolvedBase>> resolve_base(TreeStore& trees, TreeSpec tree, std::string asked,
                                                          std::string base_commit, std::stop_token stop);

}  // namespace klab
