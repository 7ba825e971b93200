// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <utility>

namespace klab {

// Keeps what somebody else can bring about as often as he likes from filling a log: lets the first few through and
// counts the rest. Plain object.
class FirstFew {
 public:
  explicit FirstFew(int few) : left_(few) {}
  // Whether this one is to be told.
  bool take() {
    if (left_ > 0) return left_-- > 0;
    ++untold_;
    return false;
  }
  // How many were not told since this was asked last.
  std::uint64_t untold() { return std::exchange(untold_, 0); }

 private:
  int left_;
  std::uint64_t untold_ = 0;
};

}  // namespace klab
