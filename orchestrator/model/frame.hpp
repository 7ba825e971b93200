// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "util/result.hpp"

namespace klab {

// What a guest's results are made of, one frame a line:
//
//   klab1 <sequence from 0> <length of payload> <CRC-32 (IEEE) of payload, 8 hex digits> <payload>\n
//
// The kernel under test writes it, so nothing in it is trusted. Errors are of kind failed.
inline constexpr std::string_view kFrameMagic = "klab1 ";

struct Frame {
  std::uint64_t sequence = 0;
  std::string payload;
};

std::uint32_t crc32(std::string_view bytes);

// One line without its line feed.
Result<Frame> parse_frame_line(std::string_view line);

}  // namespace klab
