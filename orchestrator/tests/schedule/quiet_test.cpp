// SPDX-License-Identifier: GPL-3.0-or-later
// What else the lab does on the local machine, and measurements there, keep out of each other's way.
#include "schedule/quiet.hpp"

#include <spdlog/spdlog.h>

#include <catch2/catch.hpp>

#include "pipeline/plan.hpp"
#include "tests/schedule/cheap_lab.hpp"

using namespace klab;
using namespace klab::test;
namespace asio = boost::asio;

namespace {

struct Place {
  Place() : lab(directory.path()) { spdlog::set_level(spdlog::level::off); }
  std::int64_t submit() {
    auto plan = make_plan(CheapLab::request(1), lab.config, "ada", 5);
    REQUIRE(plan);
    return daemon.experiments.add(*plan, 1.0).value();
  }
  TemporaryDirectory directory = scratch();
  CheapLab lab;
  Database database = Database::open(lab.config.database()).value();
  CheapDaemon daemon{lab, database};
};

}  // namespace

TEST_CASE("quiet: nothing is begun while guests are measured here, and it is told at once when they are not") {
  Place p;
  Leases leases{p.daemon.lab, p.daemon.board, p.daemon.reactor.get_executor()};
  const auto id = p.submit();
  std::stop_source never, stop;
  auto taking = leases.take_local(id, never.get_token());
  asio::co_spawn(p.daemon.reactor, std::move(taking), [](std::exception_ptr, Result<void>) {});
  p.daemon.reactor.poll();
  REQUIRE(leases.measuring(id));
  REQUIRE(leases.local_is_measured());

  std::optional<std::shared_ptr<const void>> quiet, stopped;
  auto waiting = local_quiet(p.daemon.bell, leases, never.get_token(), std::chrono::hours(1));
  asio::co_spawn(p.daemon.reactor, std::move(waiting), [&](std::exception_ptr, std::shared_ptr<const void> held) { quiet = std::move(held); });
  auto ending = local_quiet(p.daemon.bell, leases, stop.get_token(), std::chrono::hours(1));
  asio::co_spawn(p.daemon.reactor, std::move(ending), [&](std::exception_ptr, std::shared_ptr<const void> held) { stopped = std::move(held); });
  const auto go_on = [&] {
    p.daemon.reactor.restart();
    p.daemon.reactor.poll();
  };
  go_on();
  p.daemon.bell.ring();
  go_on();
  CHECK_FALSE(quiet);
  stop.request_stop();
  go_on();
  REQUIRE(stopped);
  CHECK_FALSE(*stopped);
  CHECK_FALSE(quiet);
  leases.ended(id);
  REQUIRE(leases.give_back_local(id));
  p.daemon.bell.ring();
  go_on();
  REQUIRE(quiet);
  CHECK(*quiet);
  CHECK(leases.local_is_worked_on());
  quiet.reset();
  CHECK_FALSE(leases.local_is_worked_on());
}

TEST_CASE("quiet: a measurement waits for what was begun before it, and nothing is begun before the measurement") {
  Place p;
  Queue::Steps steps;
  bool built = false, measured = false;
  steps.build = [&](Lab& lab, ProgressBoard&, std::int64_t id, std::stop_token) -> asio::awaitable<Result<std::optional<BuiltExperiment>>> {
    built = true;
    BuiltExperiment ready;
    ready.record = lab.experiments.get(id).value();
    co_return std::optional<BuiltExperiment>(std::move(ready));
  };
  steps.measure = [&](Lab& lab, ProgressBoard& board, BuiltExperiment ready, std::stop_token) -> asio::awaitable<Result<std::optional<Setback>>> {
    measured = true;
    if (auto ended = finish_experiment(lab, board, ready.record.id, {Outcome::ok, {}}); !ended) co_return ended.error();
    co_return std::optional<Setback>();
  };
  Queue queue(p.daemon.lab, p.daemon.board, p.daemon.reactor.get_executor(), steps);
  p.submit();
  auto work = queue.leases().local_work();
  std::stop_source stop;
  auto running = queue.run(stop.get_token());
  asio::co_spawn(p.daemon.reactor, std::move(running), [](std::exception_ptr, Result<void>) {});
  p.daemon.reactor.poll();
  CHECK(built);
  CHECK_FALSE(measured);
  CHECK(queue.leases().local_is_measured());
  work.reset();
  while (!measured && p.daemon.reactor.run_one()) {
  }
  CHECK(measured);
  stop.request_stop();
  p.daemon.reactor.run();
}
