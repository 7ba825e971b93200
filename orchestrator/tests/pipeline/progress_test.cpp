// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/progress.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

using namespace klab;
namespace asio = boost::asio;

TEST_CASE("progress: who waits is told of the next change, and at the end of the wait") {
  asio::io_context reactor(1);
  ProgressBoard board(reactor.get_executor());
  std::uint64_t told = 99;
  auto wait = board.changed(1, 0, std::chrono::hours(1));
  asio::co_spawn(reactor, std::move(wait), [&](std::exception_ptr, std::uint64_t version) { told = version; });
  reactor.poll();
  CHECK(told == 99);
  board.set(2, {});  // another experiment's
  reactor.poll();
  CHECK(told == 99);
  Progress progress;
  progress.step = "boot 1 of 10";
  board.set(1, progress);
  reactor.poll();
  CHECK(told == board.get(1).version);
  CHECK(board.get(1).step == "boot 1 of 10");

  told = 99;
  reactor.restart();  // it had run out of work
  auto again = board.changed(1, board.get(1).version, std::chrono::hours(1));
  asio::co_spawn(reactor, std::move(again), [&](std::exception_ptr, std::uint64_t version) { told = version; });
  reactor.poll();
  CHECK(told == 99);
  board.release_all();
  reactor.poll();
  CHECK(told == board.get(1).version);
}
