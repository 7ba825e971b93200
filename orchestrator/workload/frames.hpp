// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"

namespace klab {

// The results channel of a guest, one frame a line:
//
//   klab1 <sequence from 0> <length of payload> <CRC-32 (IEEE) of payload, 8 hex digits> <payload>\n
//
// The kernel under test writes it, so nothing in it is trusted. All errors are of kind failed.

struct Frame {
  std::uint64_t sequence = 0;
  std::string payload;
};

struct FrameLimits {
  std::size_t frame = 64u << 10;  // bytes of one line
  std::size_t total = 16u << 20;  // bytes of the whole channel
};

std::uint32_t crc32(std::string_view bytes);

// One line without its line feed. For channels that carry other lines too (a serial console).
Result<Frame> parse_frame_line(std::string_view line);

// Takes bytes as they come, in any portions. After the first violation nothing more is accepted.
class FrameParser {
 public:
  explicit FrameParser(FrameLimits limits = {}) : limits_(limits) {}

  // The frames that `bytes` completed, up to the first violation.
  std::vector<Frame> feed(std::string_view bytes);
  // The channel is closed: a frame begun and not ended is a violation.
  void finish();
  const std::optional<Error>& failure() const { return failure_; }

 private:
  void take_line(std::string_view line, std::vector<Frame>& frames);

  FrameLimits limits_;
  std::size_t total_ = 0;
  std::uint64_t expected_ = 0;
  std::string pending_;
  std::optional<Error> failure_;
};

}  // namespace klab
