// SPDX-License-Identifier: GPL-3.0-or-later
#include "schedule/quiet.hpp"

namespace klab {
namespace asio = boost::asio;

asio::awaitable<std::shared_ptr<const void>> local_quiet(Bell& bell, const Leases& leases, std::stop_token stop,
                                                         std::chrono::milliseconds limit) {
  while (!stop.stop_requested() && leases.local_is_measured()) {
    const auto heard = bell.rings();
    co_await bell.wait(heard, limit, stop);
  }
  if (stop.stop_requested()) co_return nullptr;
  co_return leases.local_work();
}

}  // namespace klab
