// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/frame_assembly.hpp"

#include "model/frame.hpp"

namespace klab {
namespace {

// Frames that may wait for an earlier one, and frames whose copies are still compared.
constexpr std::size_t most_early = 4096, most_remembered = 4096;

}  // namespace

FrameAssembly::Taken FrameAssembly::take(std::string_view line) {
  Taken taken;
  auto frame = parse_frame_line(line);
  if (!frame) {
    taken.damaged = true;
    taken.refused.push_back(frame.error().message);
    return taken;
  }
  const std::uint32_t checksum = crc32(line);
  if (frame->sequence < next_ && !checksums_.contains(frame->sequence)) return taken;  // long ago
  if (const auto known = checksums_.find(frame->sequence); known != checksums_.end()) {
    if (known->second != checksum)
      taken.refused.push_back(fmt::format("a second frame {} with another content", frame->sequence));
    return taken;
  }
  if (bytes_ + line.size() > most_) {
    taken.refused.push_back(fmt::format("more than {} bytes of results", most_));
    return taken;
  }
  if (frame->sequence != next_ && early_.size() >= most_early) {
    taken.refused.push_back(fmt::format("frame {} with {} others that wait for frame {}", frame->sequence, early_.size(), next_));
    return taken;
  }
  bytes_ += line.size() + 1;
  checksums_[frame->sequence] = checksum;
  early_[frame->sequence] = std::string(line) + "\n";
  for (auto due = early_.begin(); due != early_.end() && due->first == next_; due = early_.erase(due), ++next_)
    taken.in_order += due->second;
  while (checksums_.size() > most_early + most_remembered) checksums_.erase(checksums_.begin());
  return taken;
}

}  // namespace klab
