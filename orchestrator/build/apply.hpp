// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "model/series.hpp"
#include "util/result.hpp"

namespace klab {

struct ApplyRequest {
  std::filesystem::path object_store;  // TreeStore::object_store; takes the new objects
  std::filesystem::path scratch;       // existing directory for a short-lived work tree
  std::string commit;                  // 40 hexadecimal digits
  std::vector<Patch> patches;          // may be empty
};

struct AppliedSeries {
  std::string commit;   // of the last patch; the same patches on the same base give the same commit
  std::string tree_id;  // git's hash of the resulting source
  std::vector<std::string> changed;  // paths added or modified against the base, sorted
  std::vector<std::string> deleted;  // paths gone, sorted
};

// `git am` on a work tree of the touched files only (about a second on a kernel tree). No hooks, no
// user or system configuration, fixed committer and date. Kind failed when a patch does not apply:
//   cannot apply "2/4 workqueue: claim the worker" to 7f4ae43a849a: kernel/workqueue.c, hunk 3 of 5
//   (line 1190) does not match
// on one line, with git's own words as tail.
boost::asio::awaitable<Result<AppliedSeries>> apply_series(ApplyRequest request, std::stop_token stop);

// `to` with its changes against the commit `from`, both of the object store.
boost::asio::awaitable<Result<AppliedSeries>> changes_between(std::filesystem::path object_store, std::string from,
                                                              AppliedSeries to, std::stop_token stop);

// That error. `applied` patches went in before the one that did not; `output` is what git am printed,
// `diff` the part of the mail that git took for the patch.
Error apply_failure(const std::vector<Patch>& patches, std::size_t applied, const std::string& commit,
                    std::string_view output, std::string_view diff);

}  // namespace klab
