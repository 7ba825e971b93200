// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/libvirt/event_loop.hpp"

#include <fcntl.h>
#include <libvirt/libvirt.h>
#include <poll.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>
#include <vector>

namespace klab {
namespace asio = boost::asio;
using Descriptor = asio::posix::stream_descriptor;

namespace {
// Libvirt hands no user pointer to the functions below.
LibvirtEventLoop* registered_loop = nullptr;
}  // namespace

struct LibvirtEventLoop::Handle {
  Handle(asio::any_io_executor executor, int id_, int fd_, int wanted_, virEventHandleCallback callback_,
         void* opaque_, virFreeCallback release_)
      : id(id_), fd(fd_), wanted(wanted_), callback(callback_), opaque(opaque_), release(release_),
        descriptor(std::move(executor)) {}
  ~Handle() {
    if (release) release(opaque);
  }
  const int id;
  const int fd;
  std::atomic<int> wanted;
  std::atomic<bool> removed{false};
  bool waiting[3] = {};
  const virEventHandleCallback callback;
  void* const opaque;
  const virFreeCallback release;
  Descriptor descriptor;
};

struct LibvirtEventLoop::Timer {
  Timer(asio::any_io_executor executor, int id_, int period_, virEventTimeoutCallback callback_,
        void* opaque_, virFreeCallback release_)
      : id(id_), period_ms(period_), callback(callback_), opaque(opaque_), release(release_),
        timer(std::move(executor)) {}
  ~Timer() {
    if (release) release(opaque);
  }
  const int id;
  std::atomic<int> period_ms;
  std::atomic<bool> removed{false};
  const virEventTimeoutCallback callback;
  void* const opaque;
  const virFreeCallback release;
  asio::steady_timer timer;
};

// The plain functions libvirt calls, from any thread. The last reference to a handle or timer always goes
// into a handler on the reactor: that is where its release function is called, outside libvirt's locks.
struct LibvirtEventLoop::Callbacks {
  template <class Map>
  static typename Map::mapped_type find(Map& map, int id) {
    std::lock_guard lock(registered_loop->mutex_);
    const auto found = map.find(id);
    return found == map.end() ? nullptr : found->second;
  }
  template <class Map>
  static typename Map::mapped_type take(Map& map, int id) {
    std::lock_guard lock(registered_loop->mutex_);
    const auto found = map.find(id);
    if (found == map.end()) return nullptr;
    auto taken = std::move(found->second);
    map.erase(found);
    return taken;
  }

  static int add_handle(int fd, int wanted, virEventHandleCallback callback, void* opaque,
                        virFreeCallback release) {
    LibvirtEventLoop* loop = registered_loop;
    // A duplicate of our own: another thread may close libvirt's right after it removed the handle.
    const int own = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (own < 0) return -1;
    std::lock_guard lock(loop->mutex_);
    const int id = ++loop->last_id_;
    auto handle = std::make_shared<Handle>(loop->executor_, id, fd, wanted, callback, opaque, release);
    handle->descriptor.assign(own);
    loop->handles_[id] = handle;
    asio::post(loop->executor_, [loop, handle = std::move(handle)] { loop->arm(handle); });
    return id;
  }
  static void update_handle(int id, int wanted) {
    LibvirtEventLoop* loop = registered_loop;
    if (auto handle = find(loop->handles_, id)) {
      handle->wanted = wanted;
      asio::post(loop->executor_, [loop, handle = std::move(handle)] { loop->arm(handle); });
    }
  }
  static int remove_handle(int id) {
    auto handle = take(registered_loop->handles_, id);
    if (!handle) return -1;
    handle->removed = true;
    asio::post(registered_loop->executor_, [handle = std::move(handle)] {
      boost::system::error_code ignored;
      handle->descriptor.close(ignored);
    });
    return 0;
  }
  static int add_timer(int period, virEventTimeoutCallback callback, void* opaque, virFreeCallback release) {
    LibvirtEventLoop* loop = registered_loop;
    std::lock_guard lock(loop->mutex_);
    const int id = ++loop->last_id_;
    auto timer = std::make_shared<Timer>(loop->executor_, id, period, callback, opaque, release);
    loop->timers_[id] = timer;
    asio::post(loop->executor_, [loop, timer = std::move(timer)] { loop->arm(timer); });
    return id;
  }
  static void update_timer(int id, int period) {
    LibvirtEventLoop* loop = registered_loop;
    if (auto timer = find(loop->timers_, id)) {
      timer->period_ms = period;
      asio::post(loop->executor_, [loop, timer = std::move(timer)] { loop->arm(timer); });
    }
  }
  static int remove_timer(int id) {
    auto timer = take(registered_loop->timers_, id);
    if (!timer) return -1;
    timer->removed = true;
    asio::post(registered_loop->executor_, [timer = std::move(timer)] { timer->timer.cancel(); });
    return 0;
  }
};

LibvirtEventLoop::LibvirtEventLoop(asio::any_io_executor executor) : executor_(std::move(executor)) {
  registered_loop = this;
  virEventRegisterImpl(Callbacks::add_handle, Callbacks::update_handle, Callbacks::remove_handle,
                       Callbacks::add_timer, Callbacks::update_timer, Callbacks::remove_timer);
}

LibvirtEventLoop::~LibvirtEventLoop() { stop(); }

void LibvirtEventLoop::stop() {
  std::vector<HandlePointer> handles;
  std::vector<TimerPointer> timers;
  {
    std::lock_guard lock(mutex_);
    for (auto& [id, handle] : handles_) handles.push_back(std::move(handle));
    for (auto& [id, timer] : timers_) timers.push_back(std::move(timer));
    handles_.clear();
    timers_.clear();
  }
  for (auto& handle : handles) {
    handle->removed = true;
    boost::system::error_code ignored;
    handle->descriptor.close(ignored);
  }
  for (auto& timer : timers) {
    timer->removed = true;
    timer->timer.cancel();
  }
}

void LibvirtEventLoop::arm(HandlePointer handle) {
  const int wanted = handle->wanted;
  if (handle->removed || wanted == 0) return;
  if (wanted & VIR_EVENT_HANDLE_READABLE) wait(handle, 0, Descriptor::wait_read);
  if (wanted & VIR_EVENT_HANDLE_WRITABLE) wait(handle, 1, Descriptor::wait_write);
  if (!(wanted & (VIR_EVENT_HANDLE_READABLE | VIR_EVENT_HANDLE_WRITABLE)))
    wait(handle, 2, Descriptor::wait_error);
}

void LibvirtEventLoop::wait(HandlePointer handle, int slot, Descriptor::wait_type type) {
  if (std::exchange(handle->waiting[slot], true)) return;
  handle->descriptor.async_wait(type, [this, handle, slot](boost::system::error_code error) {
    handle->waiting[slot] = false;
    if (handle->removed || (error && error != asio::error::operation_aborted)) return;
    if (!error) {
      // Asio is edge-triggered and tells one kind of readiness; libvirt expects the level and all of it.
      const int wanted = handle->wanted;
      short mask = 0;
      if (wanted & VIR_EVENT_HANDLE_READABLE) mask |= POLLIN;
      if (wanted & VIR_EVENT_HANDLE_WRITABLE) mask |= POLLOUT;
      pollfd ready{handle->descriptor.native_handle(), mask, 0};
      if (wanted != 0 && ::poll(&ready, 1, 0) > 0) {
        int events = 0;
        if (ready.revents & POLLIN) events |= VIR_EVENT_HANDLE_READABLE;
        if (ready.revents & POLLOUT) events |= VIR_EVENT_HANDLE_WRITABLE;
        if (ready.revents & POLLERR) events |= VIR_EVENT_HANDLE_ERROR;
        if (ready.revents & POLLHUP) events |= VIR_EVENT_HANDLE_HANGUP;
        handle->callback(handle->id, handle->fd, events, handle->opaque);
      }
    }
    arm(handle);
  });
}

void LibvirtEventLoop::arm(TimerPointer timer) {
  if (timer->removed || timer->period_ms < 0) {
    timer->timer.cancel();
    return;
  }
  timer->timer.expires_after(std::chrono::milliseconds(timer->period_ms));  // ends an earlier wait
  timer->timer.async_wait([this, timer](boost::system::error_code error) {
    if (error || timer->removed || timer->period_ms < 0) return;
    timer->callback(timer->id, timer->opaque);
    arm(timer);
  });
}

}  // namespace klab
