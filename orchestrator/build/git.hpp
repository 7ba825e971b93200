// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "util/process.hpp"
#include "util/result.hpp"

namespace klab {

// One call of git that depends on nothing but its arguments: no user or system configuration, no hooks,
// no prompts, no garbage collection, one identity, one date, the C locale.
struct GitCall {
  std::filesystem::path git_dir;
  std::filesystem::path work_tree;         // empty: none
  std::filesystem::path object_directory;  // empty: git_dir's own
  std::filesystem::path index_file;        // empty: git_dir's own
  std::vector<std::string> arguments;
  std::string input;
  bool merge_stderr = false;
};

ProcessSpec git_process(const GitCall& call);

// Standard output of a call that has to succeed; otherwise kind lab, `cannot <purpose>: git: exit status
// 128`, with git's own words as tail.
boost::asio::awaitable<Result<std::string>> git_output(GitCall call, std::string purpose,
                                                       std::stop_token stop);

// For $GIT_DIR/info/attributes: what a tree's .gitattributes ask for must not change a byte.
inline constexpr const char* kPlainAttributes =
    "* -text -eol -ident -filter -working-tree-encoding -export-ignore -export-subst\n";

}  // namespace klab
