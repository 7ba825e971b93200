// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/bell.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace klab {
namespace asio = boost::asio;

void Bell::ring() {
  ++rings_;
  for (auto* timer : waiting_) timer->cancel();
}

asio::awaitable<std::uint64_t> Bell::wait(std::uint64_t heard, std::chrono::milliseconds limit, std::stop_token stop) {
  auto timer = std::make_shared<asio::steady_timer>(executor_);
  std::stop_callback on_stop(stop, [timer, executor = executor_] { asio::post(executor, [timer] { timer->cancel(); }); });
  const auto until = std::chrono::steady_clock::now() + limit;
  const auto place = waiting_.insert(waiting_.end(), timer.get());
  while (rings_ == heard && !stop.stop_requested() && std::chrono::steady_clock::now() < until) {
    timer->expires_at(until);
    co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
  }
  waiting_.erase(place);
  co_return rings_;
}

}  // namespace klab
