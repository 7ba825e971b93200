// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>

#include "util/fd.hpp"
#include "util/result.hpp"

namespace klab {

// The right to build, at once or not at all: nothing when another process has it.
Result<std::optional<UniqueFd>> try_lock_cache(const std::filesystem::path& cache_directory);

// The right to build in a cache directory, which several klabd may share: a demonstration beside a service.
// Held as long as the descriptor is open, so a killed process gives it back. `waiting` is called once when
// another process has it; then it is asked for twice a second until `stop`. Errors are of kind lab, or
// stopped. On the reactor thread.
boost::asio::awaitable<Result<UniqueFd>> lock_cache(std::filesystem::path cache_directory, std::function<void()> waiting,
                                                    std::stop_token stop);

}  // namespace klab
