// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/ipmi/console_frames.hpp"

#include <algorithm>

#include "model/frame.hpp"

namespace klab {
namespace {

constexpr std::size_t longest_line = 64 * 1024;

bool may_become_frame(std::string_view line) {
  const auto size = std::min(line.size(), kFrameMagic.size());
  return line.substr(0, size) == kFrameMagic.substr(0, size);
}

}  // namespace

ConsoleFrames::Parts ConsoleFrames::feed(std::string_view bytes) {
  Parts parts;
  for (const char c : bytes) {
    if (!at_start_ && line_.empty()) {  // in the middle of an ordinary line
      parts.text += c;
      at_start_ = c == '\n';
      continue;
    }
    at_start_ = false;
    if (c != '\n') {
      line_ += c;
      if (may_become_frame(line_) && line_.size() < longest_line) continue;
      parts.text += line_;
      line_.clear();
      continue;
    }
    if (line_.size() > kFrameMagic.size()) {
      if (line_.ends_with('\r')) line_.pop_back();
      parts.frames.push_back(line_);
    } else {
      parts.text += line_ + c;
    }
    line_.clear();
    at_start_ = true;
  }
  return parts;
}

}  // namespace klab
