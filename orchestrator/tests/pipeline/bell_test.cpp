// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/bell.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>

namespace {

namespace asio = boost::asio;
using klab::Bell;
using namespace std::chrono_literals;

TEST_CASE("everybody who waits for the bell hears it") {
  asio::io_context reactor(1);
  Bell bell(reactor.get_executor());
  int heard = 0;
  for (int i = 0; i < 3; ++i) {
    auto waiting = bell.wait(0, 60'000ms, {});
    asio::co_spawn(reactor, std::move(waiting), [&](std::exception_ptr thrown, std::uint64_t rings) {
      CHECK_FALSE(thrown);
      CHECK(rings == 1);
      ++heard;
    });
  }
  asio::post(reactor, [&] { bell.ring(); });
  reactor.run();
  CHECK(heard == 3);
}

TEST_CASE("a ring before the wait is not missed, and a stop ends the wait") {
  asio::io_context reactor(1);
  Bell bell(reactor.get_executor());
  bell.ring();
  std::stop_source stop;
  int ended = 0;
  auto missed = bell.wait(0, 60'000ms, {});
  auto stopped = bell.wait(1, 60'000ms, stop.get_token());
  const auto count = [&](std::exception_ptr, std::uint64_t) { ++ended; };
  asio::co_spawn(reactor, std::move(missed), count);
  asio::co_spawn(reactor, std::move(stopped), count);
  asio::post(reactor, [&] { stop.request_stop(); });
  reactor.run();
  CHECK(ended == 2);
}

}  // namespace
