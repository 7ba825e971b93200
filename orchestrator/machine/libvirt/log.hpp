// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <string>

namespace klab {

// Initialises libvirt with its warnings and errors going to our log instead of standard error. One per
// process, made while there is one thread (it uses the environment for a moment). Lines are logged on the
// reactor thread.
class LibvirtLog {
 public:
  explicit LibvirtLog(boost::asio::any_io_executor executor);
  void stop();  // no more waiting for lines; what libvirt still says is dropped

 private:
  void read();

  boost::asio::posix::stream_descriptor pipe_;
  std::string pending_;
  char buffer_[4096];
};

}  // namespace klab
