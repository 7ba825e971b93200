// SPDX-License-Identifier: GPL-3.0-or-later
// Who gets which host when, without builds and boots.
#include <catch2/catch.hpp>

#include "pipeline/plan.hpp"
#include "tests/schedule/cheap_lab.hpp"
#include "util/text.hpp"

using namespace klab;
using namespace klab::test;

namespace {

struct Place {
  Place() : place(directory.path()) {
    place.add_host("host1", {"arch=x86_64", "pool=small", "rack=3"});
    place.add_host("host2", {"arch=x86_64", "pool=small"});
    place.add_host("host3", {"arch=x86_64", "pool=large"});
  }

  std::int64_t submit(const std::vector<std::string>& machines, const std::string& submitter = "ada") {
    ExperimentRequest request;
    for (std::size_t i = 0; i < machines.size(); ++i)
      for (const char* side : {"a", "b"}) {
        auto& arm = request.arms.emplace_back();
        arm.label = fmt::format("{}{}", side, i);
        arm.machine = machines[i];
      }
    auto plan = make_plan(request, place.config, submitter, 5);
    REQUIRE(plan);
    return daemon.experiments.add(*plan, 1.0).value();
  }
  // Asks for the hosts of an experiment as the queue does, and goes on until nobody can go on.
  void ask(std::int64_t id) {
    auto taking = [](Place& self, std::int64_t experiment) -> boost::asio::awaitable<void> {
      auto needs = find_needs(self.place.config, self.daemon.experiments.places(experiment).value()).value();
      auto taken = co_await self.leases.take_hosts(experiment, needs, self.stops[experiment].get_token());
      self.ended[experiment] = taken ? "served" : std::string(taken.error().message);
    };
    auto job = taking(*this, id);
    boost::asio::co_spawn(daemon.reactor, std::move(job), [](std::exception_ptr thrown) { REQUIRE_FALSE(thrown); });
    settle();
  }
  void settle() {
    REQUIRE(leases.settle());
    daemon.reactor.restart();
    daemon.reactor.poll();
  }
  void give_back(std::int64_t id) {
    for (const auto& host : leases.hosts_of(id)) REQUIRE(leases.give_back(host));
    settle();
  }
  std::string hosts(std::int64_t id) { return fmt::format("{}", fmt::join(leases.hosts_of(id), " ")); }
  std::string told(std::int64_t id) { return daemon.board.get(id).step; }

  TemporaryDirectory directory = scratch();
  CheapLab place;
  Database database = Database::open(place.config.database()).value();
  CheapDaemon daemon{place, database};
  Leases leases{daemon.lab, daemon.board, daemon.reactor.get_executor()};
  std::map<std::int64_t, std::stop_source> stops;
  std::map<std::int64_t, std::string> ended;
};

}  // namespace

TEST_CASE("leases: a pool gives its first free host, which is stored, and then the next") {
  Place p;
  const auto first = p.submit({"pool=small"});
  const auto second = p.submit({"pool=small"});
  const auto third = p.submit({"pool=small"});
  for (const auto id : {first, second, third}) p.ask(id);
  CHECK(p.hosts(first) == "host1");
  CHECK(p.hosts(second) == "host2");
  CHECK(p.hosts(third).empty());
  CHECK(p.told(third) == fmt::format("waiting for pool=small: host1 kept for experiment {}, host2 kept for experiment {}", first, second));
  CHECK(p.daemon.board.get(third).waiting);
  CHECK(p.daemon.experiments.places(first)->places.at(0).machine == "host1");
  CHECK(p.daemon.experiments.places(third)->places.at(0).machine == "pool=small");
  CHECK(p.daemon.hosts.leases()->at("host2").experiment == second);
  p.give_back(second);
  CHECK(p.ended[third] == "served");
  CHECK(p.hosts(third) == "host2");
  CHECK(p.told(third).empty());
  CHECK_FALSE(p.daemon.board.get(third).waiting);
  CHECK(p.daemon.experiments.get(third)->plan.arms.at(1).machine == "host2");
  CHECK(p.daemon.experiments.get(third)->plan.arms.at(1).machine_request == "pool=small");
}

TEST_CASE("leases: nobody is overtaken on a host that he waits for, and others run past him elsewhere") {
  Place p;
  const auto holder = p.submit({"host1"});
  const auto older = p.submit({"host1", "host2"});
  const auto younger = p.submit({"host2"});
  const auto elsewhere = p.submit({"host3"});
  for (const auto id : {holder, older, younger, elsewhere}) p.ask(id);
  CHECK(p.told(older) == fmt::format("waiting for host1: kept for experiment {}", holder));
  CHECK(p.told(younger) == fmt::format("waiting for host2: experiment {} is before it", older));
  CHECK(p.hosts(elsewhere) == "host3");
  CHECK(p.leases.waiting_for("host2", 8).oldest == std::vector<std::int64_t>{older, younger});
  CHECK(p.leases.waiting_for("host2", 1).oldest == std::vector<std::int64_t>{older});
  CHECK(p.leases.waiting_for("host2", 1).number == 2);
  CHECK(p.leases.waiting_for("host3", 8).number == 0);
  p.give_back(holder);
  CHECK(p.hosts(older) == "host1 host2");
  CHECK(p.hosts(younger).empty());
  p.give_back(older);
  CHECK(p.hosts(younger) == "host2");
}

TEST_CASE("leases: he who waits for a person holds up nobody") {
  Place p;
  REQUIRE(p.daemon.hosts.quarantine("host1", "no power", "ada", 1.0));
  const auto older = p.submit({"host1", "host2"});
  const auto younger = p.submit({"host2"});
  p.ask(older);
  p.ask(younger);
  CHECK(p.told(older) == fmt::format("waiting for host1: quarantined (no power); host2: kept for experiment {}", younger));
  CHECK(p.hosts(younger) == "host2");
  REQUIRE(p.daemon.hosts.release("host1", "ada", 2.0));
  p.settle();
  CHECK(p.told(older) == fmt::format("waiting for host2: kept for experiment {}", younger));
  p.give_back(younger);
  CHECK(p.hosts(older) == "host1 host2");
}

TEST_CASE("leases: several wishes get several hosts, also where the first choice of one is all the other has") {
  Place p;
  const auto both = p.submit({"pool=small", "rack=3"});
  p.ask(both);
  CHECK(p.hosts(both) == "host1 host2");
  std::map<std::string, std::string> got;
  const auto stored = p.daemon.experiments.places(both).value();
  for (const auto& place : stored.places) got[place.request] = place.machine;
  CHECK(got == std::map<std::string, std::string>{{"pool=small", "host2"}, {"rack=3", "host1"}});
}

TEST_CASE("leases: a reserved host is for one person's experiments, until its time") {
  Place p;
  double now = 1000.0;
  p.daemon.lab.now = [&] { return now; };
  REQUIRE(p.daemon.hosts.reserve("host1", {"bob", "ada", now, now + 3600}));
  const auto adas = p.submit({"host1"}, "ada");
  const auto bobs = p.submit({"host1"}, "bob");
  p.ask(adas);
  p.ask(bobs);
  CHECK(p.told(adas) == "waiting for host1: reserved for bob until " + local_time(now + 3600));
  CHECK(p.hosts(bobs) == "host1");
  CHECK(p.leases.next_change() == now + 3600);
  p.give_back(bobs);
  CHECK(p.hosts(adas).empty());
  now += 3600;
  p.settle();
  CHECK(p.hosts(adas) == "host1");
  CHECK_FALSE(p.leases.next_change());
  CHECK(p.daemon.hosts.events("host1", 1)->at(0).kind == "reservation ended");
}

TEST_CASE("leases: who gives up waiting leaves what was kept for him") {
  Place p;
  const auto holder = p.submit({"host1"});
  const auto older = p.submit({"host1", "host2"});
  const auto younger = p.submit({"host2"});
  for (const auto id : {holder, older, younger}) p.ask(id);
  p.stops[older].request_stop();
  p.settle();
  CHECK(p.ended[older] == "stopped");
  CHECK(p.hosts(younger) == "host2");
}

TEST_CASE("leases: what has a result stays on its host, what has none may move") {
  Place p;
  const auto id = p.submit({"pool=small"});
  REQUIRE(p.daemon.experiments.assign_machine(id, "pool=small", "host2"));
  const auto arms = p.daemon.experiments.get(id)->arms;
  REQUIRE(p.daemon.boots.add_slots(id, {arms[0].id}));
  BootStart start;
  start.slot = p.daemon.boots.slots(id)->at(0).id;
  const auto boot = p.daemon.boots.start(start).value();
  const auto candidates = [&] { return find_needs(p.place.config, p.daemon.experiments.places(id).value())->hosts.at(0).candidates; };
  CHECK(candidates() == std::vector<std::string>{"host1", "host2"});
  BootEnd end;
  end.outcome = Outcome::crashed;
  REQUIRE(p.daemon.boots.finish(boot, end));
  CHECK(candidates() == std::vector<std::string>{"host2"});
  p.place.config.machines.erase("host2");
  const auto gone = find_needs(p.place.config, p.daemon.experiments.places(id).value());
  REQUIRE(gone.has_error());
  CHECK(gone.error().error.message ==
        "cannot carry on: the machine \"host2\" is not configured any longer; configure it, or submit it again for another");
}

TEST_CASE("leases: a host is taken at once or not at all for a probe") {
  Place p;
  const auto id = p.submit({"host1"});
  p.ask(id);
  REQUIRE(p.leases.measuring(id));
  const auto refused = p.leases.take_now("host1");
  REQUIRE(refused.has_error());
  CHECK(refused.error().message ==
        fmt::format("cannot take \"host1\": it is measuring experiment {}; try again when that is over", id));
  REQUIRE(p.leases.take_now("host2"));
  CHECK(p.daemon.hosts.leases()->at("host2").purpose == LeasePurpose::probe);
  const auto other = p.submit({"host2"});
  p.ask(other);
  CHECK(p.told(other) == "waiting for host2: being probed");
  REQUIRE(p.leases.give_back("host2"));
  p.settle();
  CHECK(p.hosts(other) == "host2");
}

TEST_CASE("leases: the local machine goes to the oldest who waits for it") {
  Place p;
  std::vector<std::int64_t> order, ids;
  for (int i = 0; i < 3; ++i) ids.push_back(p.submit({"vm"}));
  auto taking = [](Place& self, std::int64_t id, std::vector<std::int64_t>& got) -> boost::asio::awaitable<void> {
    auto taken = co_await self.leases.take_local(id, {});
    REQUIRE(taken);
    got.push_back(id);
  };
  for (const auto id : {ids[0], ids[2], ids[1]}) {
    auto job = taking(p, id, order);
    boost::asio::co_spawn(p.daemon.reactor, std::move(job), [](std::exception_ptr) {});
    p.settle();
  }
  CHECK(order == std::vector<std::int64_t>{ids[0]});
  CHECK(p.told(ids[2]) == fmt::format("waiting for the local machine: building experiment {}", ids[0]));
  REQUIRE(p.leases.measuring(ids[0]));
  CHECK(p.told(ids[1]) == fmt::format("waiting for the local machine: measuring experiment {}", ids[0]));
  REQUIRE(p.leases.give_back_local(ids[0]));
  p.settle();
  REQUIRE(p.leases.give_back_local(ids[1]));
  p.settle();
  CHECK(order == std::vector<std::int64_t>{ids[0], ids[1], ids[2]});
}

TEST_CASE("leases: what a large pool is doing is told in few words, and who watches hears of a change") {
  Place p;
  for (int i = 4; i < 12; ++i) p.place.add_host(fmt::format("host{}", i), {"pool=wide"});
  std::vector<std::int64_t> holders;
  for (int i = 0; i < 8; ++i) {
    holders.push_back(p.submit({"pool=wide"}));
    p.ask(holders.back());
  }
  const auto last = p.submit({"pool=wide"});
  p.ask(last);
  CHECK(p.told(last) == fmt::format("waiting for pool=wide: host10 kept for experiment {}, host11 kept for experiment {}, host4 kept for"
                                    " experiment {}, host5 kept for experiment {}, and 4 more",
                                    holders[0], holders[1], holders[2], holders[3]));
  const auto seen = p.daemon.board.get(last).version;
  bool heard = false;
  auto watching = p.daemon.board.changed(last, seen, std::chrono::hours(1));
  boost::asio::co_spawn(p.daemon.reactor, std::move(watching), [&](std::exception_ptr, std::uint64_t) { heard = true; });
  p.settle();
  CHECK_FALSE(heard);
  REQUIRE(p.leases.measuring(holders[7]));  // not among those that are told
  p.settle();
  CHECK_FALSE(heard);
  REQUIRE(p.leases.measuring(holders[0]));
  p.settle();
  CHECK(heard);
}
