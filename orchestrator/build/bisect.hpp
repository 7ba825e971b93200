// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "util/result.hpp"

namespace klab {

// What has been found out about a commit: "good", "bad", "skip".
struct BisectMark {
  std::string commit;
  std::string mark;
};

// What `git bisect` says after these marks: exactly one of the three.
struct BisectAnswer {
  std::string next;                   // the commit to look at
  std::string first_bad;              // found
  std::vector<std::string> suspects;  // only skipped commits are left: it is one of these
};

// The commits from `good` (not included) to `bad` (included), and whether the one descends from the other.
struct CommitsBetween {
  bool connected = false;
  int commits = 0;
};

struct CommitWords {
  std::string subject;
  std::string author;  // Name <address>
};

// All of these read a repository and write nothing to it; `bisect` replays its marks in a repository of its own
// under `scratch` that borrows the objects, so that it depends on nothing but its arguments. Merges are
// followed into all of their parents, as git does by itself.
boost::asio::awaitable<Result<CommitsBetween>> commits_between(std::filesystem::path repository, std::string good, std::string bad,
                                                               std::stop_token stop);
boost::asio::awaitable<Result<BisectAnswer>> bisect(std::filesystem::path repository, std::filesystem::path scratch, std::string good,
                                                    std::string bad, std::vector<BisectMark> marks, std::stop_token stop);
boost::asio::awaitable<Result<CommitWords>> commit_words(std::filesystem::path repository, std::string commit, std::stop_token stop);

}  // namespace klab
