// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "model/series.hpp"
#include "util/result.hpp"

namespace klab {

struct BlobSearch {
  std::optional<std::string> commit;  // 40 hexadecimal digits
  std::string why;                    // for people: what was found, or what was missing
  std::string words;                  // git's own about it; may be empty
};

// The newest commit of `repository` that has every blob at its path: first among the ancestors of
// `tip` (of the tree's default ref), then among those of all branches and tags. History is walked newest
// first, so that a patch against something recent is found at once; a walk longer than `limit` is given
// up and said so. Reads only. An error is of kind lab (git cannot be run) or stopped.
boost::asio::awaitable<Result<BlobSearch>> find_commit_with_blobs(
    std::filesystem::path repository, std::string tip, std::vector<PreimageBlob> blobs,
    std::stop_token stop, std::chrono::seconds limit = std::chrono::minutes(2));

}  // namespace klab
