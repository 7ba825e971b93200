// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "machine/netboot.hpp"

namespace klab {

// HTTP for hosts that boot: scripts by MAC address, kernels and initramfs (with ranges) and results by token.
// Only what stands on the board is served, and only to the address that asked for the script; everything else
// is a 404 and, the first few times, a line in the log. Reactor thread. `board` outlives it.
class NetbootServer {
 public:
  NetbootServer(boost::asio::any_io_executor executor, NetbootBoard& board, std::string listen);
  ~NetbootServer();
  Result<void> start();
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// A Range field of one range against a file: [first, last], both counted in; nothing when the field is none
// that has to be honoured. An unsatisfiable range has first > last.
struct ByteRange {
  std::uint64_t first = 0, last = 0;
};
std::optional<ByteRange> parse_range(std::string_view field, std::uint64_t size);

}  // namespace klab
