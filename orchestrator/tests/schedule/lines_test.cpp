// SPDX-License-Identifier: GPL-3.0-or-later
// Many experiments that wait for the same: few of them are taken up, all of them are served.
#include <spdlog/spdlog.h>

#include <catch2/catch.hpp>

#include "pipeline/plan.hpp"
#include "tests/schedule/cheap_lab.hpp"

using namespace klab;
using namespace klab::test;

namespace {

// A lab whose experiments are done as soon as they have what they wait for; the first half waits for `go`.
struct Place {
  Place() : lab(directory.path()) {
    spdlog::set_level(spdlog::level::off);
    for (const char* host : {"host1", "host2"}) lab.add_host(host, {"pool=small"});
    daemon.emplace(lab, database);
    Queue::Steps steps;
    steps.build = [this](Lab& l, ProgressBoard& board, std::int64_t id, std::stop_token stop) { return build(l, board, id, stop); };
    steps.measure = [](Lab&, ProgressBoard&, BuiltExperiment, std::stop_token) -> boost::asio::awaitable<Result<std::optional<Setback>>> {
      co_return std::optional<Setback>();
    };
    queue.emplace(daemon->lab, daemon->board, daemon->reactor.get_executor(), steps);
  }
  boost::asio::awaitable<Result<std::optional<BuiltExperiment>>> build(Lab& l, ProgressBoard& board, std::int64_t id, std::stop_token stop) {
    order.push_back(id);
    boost::asio::steady_timer timer(daemon->reactor);
    while (!go && !stop.stop_requested()) {
      timer.expires_after(std::chrono::milliseconds(1));
      co_await timer.async_wait(boost::asio::use_awaitable);
    }
    if (stop.stop_requested()) {
      if (auto stopped = stop_experiment(l, board, id); !stopped) co_return stopped.error();
      co_return std::optional<BuiltExperiment>();
    }
    if (auto ended = finish_experiment(l, board, id, {Outcome::ok, {}}); !ended) co_return ended.error();
    co_return std::optional<BuiltExperiment>();
  }
  std::int64_t submit(const std::string& machine, const std::string& submitter = "ada") {
    auto plan = make_plan(CheapLab::request(1, machine), lab.config, submitter, 5);
    REQUIRE(plan);
    return daemon->experiments.add(*plan, 1.0).value();
  }
  // Runs the queue until `enough`, and then lets it end.
  void run(std::function<bool()> enough) {
    std::stop_source stop;
    daemon->reactor.restart();
    auto running = queue->run(stop.get_token());
    boost::asio::co_spawn(daemon->reactor, std::move(running), [](std::exception_ptr thrown, Result<void> result) {
      REQUIRE_FALSE(thrown);
      REQUIRE(result.has_value());
    });
    while (!enough()) daemon->reactor.run_one();
    stop.request_stop();
    daemon->reactor.run();
  }
  bool all_done() { return daemon->experiments.unfinished().value().empty(); }

  TemporaryDirectory directory = scratch();
  CheapLab lab;
  Database database = Database::open(lab.config.database()).value();
  std::optional<CheapDaemon> daemon;
  std::optional<Queue> queue;
  std::vector<std::int64_t> order;
  bool go = true;
};

}  // namespace

TEST_CASE("queue: an experiment whose run throws is ended before klabd is, so that its next life does not begin with it") {
  Place p;
  const auto id = p.submit("vm");
  Queue::Steps steps;
  steps.build = [](Lab&, ProgressBoard&, std::int64_t, std::stop_token) -> boost::asio::awaitable<Result<std::optional<BuiltExperiment>>> {
    throw std::length_error("too much");
    co_return std::optional<BuiltExperiment>();
  };
  p.queue.emplace(p.daemon->lab, p.daemon->board, p.daemon->reactor.get_executor(), steps);
  std::stop_source stop;
  bool threw = false;
  auto running = p.queue->run(stop.get_token());
  boost::asio::co_spawn(p.daemon->reactor, std::move(running), [&](std::exception_ptr thrown, Result<void>) { threw = thrown != nullptr; });
  p.daemon->reactor.run();
  CHECK(threw);
  const auto record = p.daemon->experiments.get(id).value();
  CHECK(record.outcome == Outcome::lab_error);
  CHECK(record.message == "cannot go on with the experiment: too much; klabd's log has more of it");
  CHECK(p.all_done());
}

TEST_CASE("queue: many that wait for one host are served in their order, and each says what it waits for") {
  Place p;
  std::vector<std::int64_t> ids;
  for (int i = 0; i < 20; ++i) ids.push_back(p.submit("host1"));
  p.go = false;
  bool looked = false;
  p.run([&] {
    if (!looked && p.order.size() == 1 && p.queue->leases().waiting_for("host1", 1).number == 19) {
      looked = true;
      // Those that are taken up, and those that are not.
      for (const auto id : {ids[1], ids[2], ids[19]}) {
        CHECK(p.daemon->board.get(id).step == fmt::format("waiting for host1: kept for experiment {}", ids[0]));
        CHECK(p.daemon->board.get(id).waiting);
      }
      CHECK(p.queue->leases().waiting_for("host1", 30).oldest == std::vector<std::int64_t>(ids.begin() + 1, ids.end()));
      CHECK(p.queue->leases().waiting_for("host1", 4).oldest == std::vector<std::int64_t>(ids.begin() + 1, ids.begin() + 5));
      p.go = true;
    }
    return p.all_done();
  });
  CHECK(looked);
  CHECK(p.order == ids);
}

TEST_CASE("queue: behind many of one person's who are barred another person is served") {
  Place p;
  REQUIRE(p.daemon->hosts.reserve("host1", {"bob", "bob", 1.0, 4e9}));
  for (int i = 0; i < 10; ++i) p.submit("host1", "ada");
  const auto bobs = p.submit("host1", "bob");
  p.run([&] { return p.daemon->experiments.get(bobs)->outcome.has_value(); });
  CHECK(p.order == std::vector<std::int64_t>{bobs});
}

TEST_CASE("queue: one that waits far behind is cancelled at once and never taken up") {
  Place p;
  std::vector<std::int64_t> ids;
  for (int i = 0; i < 10; ++i) ids.push_back(p.submit("pool=small"));
  p.go = false;
  bool cancelled = false;
  p.run([&] {
    if (!cancelled && p.order.size() == 1 && !p.daemon->board.get(ids[9]).step.empty()) {
      cancelled = true;
      REQUIRE(p.queue->cancel(ids[8]).has_value());
      CHECK(p.daemon->experiments.get(ids[8])->outcome == Outcome::cancelled);
      CHECK(p.daemon->board.get(ids[8]).step == "done");
      p.go = true;
    }
    return p.all_done();
  });
  CHECK(p.order.size() == 9);
  CHECK(std::find(p.order.begin(), p.order.end(), ids[8]) == p.order.end());
}

TEST_CASE("queue: what is submitted while it runs stands in line like the rest") {
  Place p;
  const auto first = p.submit("host2");
  std::optional<std::int64_t> later;
  p.run([&] {
    if (!later && p.daemon->experiments.get(first)->outcome) {
      later = p.submit("host2");
      p.queue->notify();
    }
    return later && p.all_done();
  });
  CHECK(p.order == std::vector<std::int64_t>{first, *later});
}
