// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace klab {

// Libvirt's event loop on an Asio executor that one thread runs. Libvirt adds, updates and removes
// handles and timers from any thread; callbacks run on the reactor only. Registration lasts as long as
// the process, so there is one per process; it outlives every connection.
class LibvirtEventLoop {
 public:
  explicit LibvirtEventLoop(boost::asio::any_io_executor executor);
  ~LibvirtEventLoop();
  LibvirtEventLoop(const LibvirtEventLoop&) = delete;
  LibvirtEventLoop& operator=(const LibvirtEventLoop&) = delete;

  // Ends every wait, so that the reactor can run out of work. On the reactor thread.
  void stop();

 private:
  struct Handle;
  struct Timer;
  struct Callbacks;
  using HandlePointer = std::shared_ptr<Handle>;
  using TimerPointer = std::shared_ptr<Timer>;

  void arm(HandlePointer handle);
  void wait(HandlePointer handle, int slot, boost::asio::posix::stream_descriptor::wait_type type);
  void arm(TimerPointer timer);

  boost::asio::any_io_executor executor_;
  std::mutex mutex_;  // guards the rest
  int last_id_ = 0;
  std::unordered_map<int, HandlePointer> handles_;
  std::unordered_map<int, TimerPointer> timers_;
};

}  // namespace klab
