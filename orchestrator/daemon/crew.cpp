// SPDX-License-Identifier: GPL-3.0-or-later
#include "daemon/crew.hpp"

#include <boost/asio/co_spawn.hpp>
#include <exception>

namespace klab {
namespace asio = boost::asio;

void Crew::add(std::string name, asio::awaitable<Result<void>> work, std::stop_source stop) {
  ++working_;
  asio::co_spawn(executor_, std::move(work), [this, name = std::move(name), stop](std::exception_ptr thrown, Result<void> result) mutable {
    --working_;
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
      result = lab_error("cannot go on with {}: {}", name, e.what());
    }
    if (!result && !failure_) failure_ = result.error();
    if (!result) stop.request_stop();
    bell_.ring();
  });
}

asio::awaitable<Result<void>> Crew::joined() {
  while (working_ > 0) co_await bell_.wait(bell_.rings(), std::chrono::seconds(60), {});
  if (failure_) co_return *failure_;
  co_return Result<void>{};
}

}  // namespace klab
