// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pipeline/lab.hpp"
#include "pipeline/progress.hpp"

namespace klab {

// Bytes that have to be free before a kernel is built (its own limit stops it at less) and before a boot, whose samples
// and console then go into the database.
inline constexpr std::uint64_t room_for_build = 384ull << 20;
inline constexpr std::uint64_t room_for_boot = 64ull << 20;

// A full disk would end one waiting experiment after the other; so each waits, and says what for, until there is room on
// the disk of `path` or `stop` is requested. Whether there is room.
boost::asio::awaitable<bool> wait_for_room(Lab& lab, ProgressBoard& board, std::int64_t experiment, std::filesystem::path path,
                                           std::uint64_t bytes, std::stop_token stop);

}  // namespace klab
