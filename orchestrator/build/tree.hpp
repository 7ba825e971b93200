// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <filesystem>
#include <set>
#include <stop_token>
#include <string>

#include "build/lock.hpp"
#include "util/result.hpp"

namespace klab {

// A configured kernel source, one of: Debian's source package, any git repository as it is, or what a remote
// repository had when it was last fetched.
struct TreeSpec {
  std::string name;                  // letters, digits, '.', '_' and '-'
  std::filesystem::path repository;  // a work tree or a bare repository; never written to
  std::string ref = "HEAD";
  std::string package;  // "linux-source-6.12": /usr/src/linux-source-6.12.tar.xz
  std::string remote = {};  // anything that git fetches from
  std::chrono::seconds fetch_limit = std::chrono::minutes(30);
};

// The git repositories behind the trees, under <cache>/trees. Owns that directory; one TreeStore per
// cache directory. Used from one reactor thread; imports of several callers queue up.
class TreeStore {
 public:
  explicit TreeStore(std::filesystem::path cache_directory,
                     std::filesystem::path package_directory = "/usr/src");

  // Where the tree's refs live. A package is imported on first use (about a minute): one commit with a
  // fixed author and date, so that the same tarball gives the same commit id everywhere; only a
  // finished import is ever seen. Another package, or a newer one, is imported beside it. A configured repository is returned as it is. A remote is fetched on first use.
  boost::asio::awaitable<Result<std::filesystem::path>> repository(TreeSpec tree, std::stop_token stop);

  // A bare repository of ours that has all of the tree's objects and takes the new ones. For a
  // configured repository it borrows (objects/info/alternates), so that nothing is written there.
  boost::asio::awaitable<Result<std::filesystem::path>> object_store(TreeSpec tree, std::stop_token stop);

  // Brings a tree with a remote up to date: its branches and tags as they are there now, those that are gone there
  // gone here; commits that nothing names any more stay. Nothing to do for other trees. An error is of kind lab,
  // with git's words, or stopped; what was there before still is.
  boost::asio::awaitable<Result<void>> fetch(TreeSpec tree, std::stop_token stop);

  // 40 hexadecimal digits of the commit; an empty `ref` means the tree's own.
  boost::asio::awaitable<Result<std::string>> resolve(TreeSpec tree, std::string ref, std::stop_token stop);

  // The full name of what `ref` is, where that moves: "refs/heads/master". Empty for a commit or a tag, and where it
  // cannot be told: nothing is fetched or imported for the answer.
  boost::asio::awaitable<std::string> moving_ref(TreeSpec tree, std::string ref, std::stop_token stop);

 private:
  boost::asio::awaitable<Result<void>> import_package(TreeSpec tree, std::filesystem::path archive, std::filesystem::path target,
                                                      std::stop_token stop);
  boost::asio::awaitable<Result<bool>> is_imported(TreeSpec tree, std::filesystem::path target, std::stop_token stop);
  boost::asio::awaitable<Result<void>> fetch_unless_there(TreeSpec tree, std::stop_token stop);
  boost::asio::awaitable<Result<void>> mend(std::filesystem::path repository);

  std::filesystem::path fetched(const TreeSpec& tree) const { return directory_ / "remotes" / (tree.name + ".git"); }

  std::filesystem::path directory_;
  std::filesystem::path package_directory_;
  bool swept_ = false;
  std::set<std::filesystem::path> mended_;
  CoroutineLock importing_;
  CoroutineLock fetching_;
};

}  // namespace klab
