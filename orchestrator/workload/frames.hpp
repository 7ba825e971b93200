// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/frame.hpp"
#include "util/result.hpp"

namespace klab {

struct FrameLimits {
  std::size_t frame = 64u << 10;  // bytes of one line
  std::size_t total = 16u << 20;  // bytes of the whole channel
};

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
