// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/lock.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace klab {
namespace asio = boost::asio;

struct CoroutineLock::Waiter {
  explicit Waiter(asio::any_io_executor executor) : timer(executor, asio::steady_timer::time_point::max()) {}
  asio::steady_timer timer;
  bool granted = false;
};

asio::awaitable<Result<CoroutineLock::Guard>> CoroutineLock::acquire(std::stop_token stop) {
  if (stop.stop_requested()) co_return make_error(ErrorKind::stopped, "stopped before its turn");
  if (!held_) {
    held_ = true;
    co_return Guard(*this);
  }
  auto executor = co_await asio::this_coro::executor;
  auto waiter = std::make_shared<Waiter>(executor);
  waiters_.push_back(waiter);
  std::stop_callback on_stop(
      stop, [waiter, executor] { asio::post(executor, [waiter] { waiter->timer.cancel(); }); });
  co_await waiter->timer.async_wait(asio::as_tuple(asio::use_awaitable));
  if (waiter->granted) co_return Guard(*this);
  std::erase(waiters_, waiter);
  co_return make_error(ErrorKind::stopped, "stopped before its turn");
}

void CoroutineLock::release() {
  if (waiters_.empty()) {
    held_ = false;
    return;
  }
  auto next = waiters_.front();
  waiters_.pop_front();
  next->granted = true;
  next->timer.cancel();
}

}  // namespace klab
