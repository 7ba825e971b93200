// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>

#include "machine/ipmi/console_line.hpp"

namespace klab {

// A console that is a file descriptor; how it is opened is left to those who derive. Owns the descriptor.
class FdLine : public ConsoleLine {
 public:
  explicit FdLine(boost::asio::any_io_executor executor) : descriptor_(executor) {}
  ~FdLine() override { shut(); }
  boost::asio::awaitable<Result<std::string>> read() override;
  // One at a time: bytes that come while others are being written are written after them, by whoever writes those.
  boost::asio::awaitable<Result<void>> write(std::string bytes) override;
  void close() override { shut(); }

 protected:
  virtual std::string why_ended() { return "the line was closed"; }
  void shut();
  boost::asio::posix::stream_descriptor descriptor_;

 private:
  std::string waiting_;  // to be written
  bool writing_ = false;
};

}  // namespace klab
