// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <stop_token>

#include "model/variant.hpp"
#include "util/result.hpp"
#include "workload/definition.hpp"

namespace klab {

// The workload's program for guests of the architecture: all C files of its folder in one static executable,
// made with the compiler that kernels are built with and kept in the cache under a hash of sources, flags and
// compiler. Errors are of kind lab and carry the compiler's words. On the reactor thread.
boost::asio::awaitable<Result<std::filesystem::path>> guest_program(WorkloadDefinition workload,
                                                                    std::filesystem::path cache,
                                                                    Architecture architecture, std::stop_token stop);

}  // namespace klab
