// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <stop_token>
#include <string>
#include <vector>

#include "build/tree.hpp"
#include "model/experiment.hpp"

namespace klab {

struct BaseSearch {
  std::string commit;  // empty: none was found
  std::vector<BaseAttempt> attempts;  // in the order in which they were made; the last one decided
  std::string reason() const;
};

// The commit an arm is built on, in this order: what was asked for; the series' base-commit where the
// tree has it; the newest commit that has the files as the series' diffs knew them; the tree's default.
// What was asked for and is not there ends the search: it is a mistake, not a hint. `series` may be null.
// An error is of kind lab or stopped; a search without a commit is a value, its last attempt says why.
boost::asio::awaitable<Result<BaseSearch>> find_base(TreeStore& trees, TreeSpec tree, std::string asked,
                                                     const Series* series, std::stop_token stop);

}  // namespace klab
