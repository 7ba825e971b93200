// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/lock.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "tests/build/support.hpp"

using namespace klab;
namespace asio = boost::asio;

namespace {

asio::awaitable<void> turn(CoroutineLock& lock, std::string name, std::string& order, std::stop_token stop) {
  auto guard = co_await lock.acquire(stop);
  if (!guard) {
    order += "(" + name + " gave up)";
    co_return;
  }
  order += name;
  for (int i = 0; i < 5; ++i) co_await asio::post(asio::use_awaitable);
  order += name;
}

}  // namespace

TEST_CASE("one at a time, first come first served; a stop leaves the queue") {
  asio::io_context reactor(1);
  CoroutineLock lock;
  std::string order;
  std::stop_source stop_b;
  auto none = [](std::exception_ptr) {};
  asio::co_spawn(reactor, turn(lock, "a", order, {}), none);
  asio::co_spawn(reactor, turn(lock, "b", order, stop_b.get_token()), none);
  asio::co_spawn(reactor, turn(lock, "c", order, {}), none);
  reactor.poll_one();
  reactor.poll_one();
  reactor.poll_one();
  stop_b.request_stop();
  reactor.run();
  CHECK(order == "a(b gave up)acc");
}
