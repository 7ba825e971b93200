// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace klab {

// Puts a guest's frames in order that may come twice, late or damaged, over a way that loses some: what
// leaves it is a results channel as a virtio port would have carried it. Frames are told apart by their
// numbers; one that says something else under a number that was taken is refused. Plain object.
class FrameAssembly {
 public:
  // `most` bounds the bytes that are held and given out in all.
  explicit FrameAssembly(std::size_t most) : most_(most) {}

  struct Taken {
    std::string in_order;             // whole lines, ready to be read on
    std::vector<std::string> refused;  // why, one line each
    bool damaged = false;              // a line was no whole frame: the sender may repeat it
  };
  // One line without its line feed.
  Taken take(std::string_view line);
  std::uint64_t next() const { return next_; }  // every frame below has been taken

 private:
  std::size_t most_;
  std::size_t bytes_ = 0;
  std::uint64_t next_ = 0;
  std::map<std::uint64_t, std::string> early_;       // lines that wait for an earlier one
  std::map<std::uint64_t, std::uint32_t> checksums_;  // of the latest that were taken
};

}  // namespace klab
