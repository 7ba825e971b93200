// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/frame_assembly.hpp"

#include "model/frame.hpp"

namespace klab {

FrameAssembly::Taken FrameAssembly::take(std::string_view line) {
  Taken taken;
  auto frame = parse_frame_line(line);
  if (!frame) {
    taken.damaged = true;
    taken.refused.push_back(frame.error().message);
    return taken;
  }
  const std::uint32_t checksum = crc32(line);
  if (const auto known = checksums_.find(frame->sequence); known != checksums_.end()) {
    if (known->second != checksum)
      taken.refused.push_back(fmt::format("a second frame {} with another content", frame->sequence));
    return taken;
  }
  if (bytes_ + line.size() > most_) {
    taken.refused.push_back(fmt::format("more than {} bytes of results", most_));
    return taken;
  }
  bytes_ += line.size() + 1;
  checksums_[frame->sequence] = checksum;
  early_[frame->sequence] = std::string(line) + "\n";
  for (auto due = early_.begin(); due != early_.end() && due->first == next_; due = early_.erase(due), ++next_)
    taken.in_order += due->second;
  return taken;
}

}  // namespace klab
