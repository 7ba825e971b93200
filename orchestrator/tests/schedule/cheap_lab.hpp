// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "config/config.hpp"
#include "machine/fake.hpp"
#include "model/experiment.hpp"
#include "schedule/queue.hpp"
#include "tests/build/fake_kernel.hpp"
#include "tests/build/support.hpp"
#include "workload/frames.hpp"

namespace klab::test {

// A lab in a directory where everything is real but the kernel's source (a few lines that make builds in
// bubblewrap), the guest's image and the machine: database, trees, builds, queue and recovery are klabd's.
class CheapLab {
 public:
  explicit CheapLab(std::filesystem::path directory) : directory_(std::move(directory)) {
    make_repository(directory_ / "tree", fake_kernel());
    write(share() / "kconfigs/lab.config", "CONFIG_FAST=y\n");
    write(share() / "images/build.sh", "printf 'an archive' >\"$1\"\n");
    write(share() / "workloads/tiny/run", "#!/bin/sh\n");
    std::filesystem::permissions(share() / "workloads/tiny/run", std::filesystem::perms(0755));
    write(share() / "workloads/tiny/workload.toml", R"(
name = "tiny"
description = "one number"
run = "run"
cases = ["a"]
default_profile = "quick"
[[metric]]
name = "time"
unit = "ns"
better = "lower"
primary = true
[profiles.quick]
passes = 2
pass_timeout = 60
)");
    ConfigEnvironment environment;
    environment.home = directory_;
    environment.share = share();
    auto parsed = parse_config(fmt::format("state = \"{0}/state\"\ncache = \"{0}/cache\"\n[defaults]\ntree = \"tree\"\n"
                                           "workloads = [\"tiny\"]\n[trees.tree]\nrepository = \"{0}/tree\"\n",
                                           directory_.string()),
                               "klab.toml", environment);
    REQUIRE(parsed);
    config = std::move(*parsed);
    for (const char* part : {"boots", "logs", "run"}) REQUIRE(make_directories(config.state / part));
  }

  // Hosts take the kernel of the guests; what a host's own fragments do is tested with plans.
  void add_host(const std::string& name, std::vector<std::string> labels = {}) {
    MachineSpec machine;
    machine.name = name;
    machine.driver = "ipmi";
    machine.labels = std::move(labels);
    config.machines[name] = machine;
    config.hosts[name].name = name;
    config.hosts[name].bmc_address = "192.0.2.1";
  }

  std::filesystem::path share() const { return directory_ / "share"; }

  Config config;

  // Two arms that differ in the command line alone, so that one build serves both.
  static ExperimentRequest request(int boots, const std::string& machine = {}) {
    ExperimentRequest request;
    request.arms.resize(2);
    request.arms[0].label = "baseline";
    request.arms[1].label = "patched";
    request.arms[1].command_line = "quiet";
    for (auto& arm : request.arms) arm.machine = machine;
    request.boots = boots;
    return request;
  }

 private:
  std::filesystem::path directory_;
};

// What the guest of a tiny job sends, whole; with a profile, or the reason why it has none, where one was asked for.
inline std::string tiny_results(const std::string& nonce, double value, bool profiled = false,
                                const std::string& no_profile = {}) {
  std::string text;
  std::size_t sequence = 0;
  const auto add = [&](const std::string& payload) {
    text += fmt::format("klab1 {} {} {:08x} {}\n", sequence++, payload.size(), crc32(payload), payload);
  };
  add(fmt::format(R"({{"type":"hello","protocol":1,"job":"{}","release":"9.9","version":"#1","machine":"x86_64","cpus":2,)"
                  R"("command_line":"quiet","clocksource":"tsc","hypervisor":"TCGTCGTCGTCG","dmi":"n/a",)"
                  R"("cpu":"Some CPU","microcode":"0x1","turbo":"n/a","smt":"n/a","cstates":"n/a","governor":"n/a",)"
                  R"("mitigations":"n/a","throttled":"n/a"}})",
                  nonce));
  if (!no_profile.empty()) add(fmt::format(R"({{"type":"no-profile","reason":"{}"}})", no_profile));
  for (int pass = 0; pass < 3; ++pass) {
    add(fmt::format(R"({{"type":"begin","workload":"tiny","case":"a","pass":{},"warmup":{}}})", pass, pass == 0));
    add(fmt::format(R"({{"type":"sample","workload":"tiny","case":"a","pass":{},"warmup":{},"metric":"time","value":{}}})",
                    pass, pass == 0, value + pass));
  }
  if (profiled) {
    add(R"({"type":"profile","workload":"tiny","case":"a","method":"cpu-clock","hz":997,"samples":100,"user":3,"idle":40,)"
        R"("runner":1,"other":6,"lost":0,"symbols":1})");
    add(R"({"type":"symbol","workload":"tiny","case":"a","symbol":"queued_spin_lock_slowpath","module":"","samples":50})");
  }
  add(R"({"type":"end","samples":3,"status":"ok","clocksource":"tsc","throttled":"n/a"})");
  return text;
}

// Everything of a daemon that works on stored experiments, on one reactor.
struct CheapDaemon {
  CheapDaemon(const CheapLab& place, Database& database, Queue::Steps steps = impatient())
      : config(place.config),
        experiments(database),
        builds(database),
        boots(database),
        hosts(database),
        nights(database),
        trends(database),
        trees(config.cache),
        builder(builder_options(config), trees),
        bell(reactor.get_executor()),
        lab{config, experiments, builds, boots, hosts, nights, trends, trees, builder, machines, workers, bell, now},
        board(reactor.get_executor()),
        queue(lab, board, reactor.get_executor(), std::move(steps)) {
    auto fake = std::make_unique<FakeMachine>(reactor.get_executor(), config.machines.at("vm"), std::vector<FakeBoot>{});
    machine = fake.get();
    machines["vm"] = std::move(fake);
    for (const auto& [name, spec] : config.hosts) {
      auto host = std::make_unique<FakeHost>(reactor.get_executor(), config.machines.at(name), std::vector<FakeBoot>{});
      bare[name] = host.get();
      machines[name] = std::move(host);
    }
  }
  // Nobody waits for a BMC here that does not answer.
  static Queue::Steps impatient() {
    Queue::Steps steps;
    steps.patience = 0.0;
    return steps;
  }
  static double now() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  }

  // Runs the queue until nothing waits any more, or `enough` says so.
  Result<void> work(std::function<bool()> enough = nullptr) {
    std::stop_source stop;
    Result<void> outcome;
    auto idle = [](CheapDaemon& self, std::stop_source source, std::function<bool()> suffices) -> boost::asio::awaitable<void> {
      for (;;) {
        auto waiting = self.experiments.unfinished();
        if (!waiting || waiting->empty() || (suffices && suffices())) break;
        // Several are under way, and one changes without the others.
        const std::chrono::milliseconds limit(suffices || !self.bare.empty() ? 20 : 1000);
        co_await self.board.changed(waiting->front(), self.board.get(waiting->front()).version, limit);
      }
      source.request_stop();
    };
    auto watching = idle(*this, stop, std::move(enough));
    auto running = queue.run(stop.get_token());
    boost::asio::co_spawn(reactor, std::move(watching), [](std::exception_ptr) {});
    boost::asio::co_spawn(reactor, std::move(running), [&](std::exception_ptr thrown, Result<void> result) {
      outcome = thrown ? Result<void>(lab_error("an exception")) : std::move(result);
    });
    reactor.run();
    return outcome;
  }

  const Config& config;
  boost::asio::io_context reactor{1};
  boost::asio::thread_pool workers{1};
  ExperimentStore experiments;
  BuildStore builds;
  BootStore boots;
  HostStore hosts;
  NightStore nights;
  TrendStore trends;
  TreeStore trees;
  KernelBuilder builder;
  std::map<std::string, std::unique_ptr<Machine>> machines;
  FakeMachine* machine = nullptr;
  std::map<std::string, FakeHost*> bare;
  Bell bell;
  Lab lab;
  ProgressBoard board;
  Queue queue;
};

}  // namespace klab::test
