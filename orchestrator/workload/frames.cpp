// SPDX-License-Identifier: GPL-3.0-or-later
#include "workload/frames.hpp"

namespace klab {
namespace {

Error violation(std::string_view cause) { return failed_error("cannot read results: {}", cause); }

}  // namespace

void FrameParser::take_line(std::string_view line, std::vector<Frame>& frames) {
  auto frame = parse_frame_line(line);
  if (!frame) {
    failure_ = frame.error();
  } else if (frame->sequence != expected_) {
    failure_ = violation(fmt::format("frame {} came where frame {} was due", frame->sequence, expected_));
  } else {
    ++expected_;
    frames.push_back(std::move(*frame));
  }
}

std::vector<Frame> FrameParser::feed(std::string_view bytes) {
  std::vector<Frame> frames;
  while (!bytes.empty() && !failure_) {
    const auto end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    const std::size_t taken = end == bytes.npos ? part.size() : part.size() + 1;
    total_ += taken;
    bytes.remove_prefix(taken);
    if (total_ > limits_.total) {
      failure_ = violation(fmt::format("more than {} bytes", limits_.total));
    } else if (pending_.size() + part.size() > limits_.frame) {
      failure_ = violation(fmt::format("frame {} is longer than {} bytes", expected_, limits_.frame));
    } else {
      pending_ += part;
      if (end == bytes.npos && taken == part.size()) break;
      take_line(pending_, frames);
      pending_.clear();
    }
  }
  return frames;
}

void FrameParser::finish() {
  if (!failure_ && !pending_.empty())
    failure_ = violation(fmt::format("the channel closed in the middle of frame {}", expected_));
}

}  // namespace klab
