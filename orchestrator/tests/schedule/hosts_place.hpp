// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <spdlog/spdlog.h>

#include <catch2/catch.hpp>

#include "pipeline/plan.hpp"
#include "store/statement.hpp"
#include "tests/schedule/cheap_lab.hpp"

namespace klab::test {

// A lab with two hosts of one pool; each life is a daemon of its own on one database.
struct HostsPlace {
  HostsPlace() : lab(directory.path()) {
    spdlog::set_level(spdlog::level::off);
    lab.add_host("host1", {"arch=x86_64", "pool=small"});
    lab.add_host("host2", {"arch=x86_64", "pool=small"});
    begin_life();
  }
  void begin_life(Queue::Steps steps = CheapDaemon::impatient()) {
    daemon.reset();
    daemon.emplace(lab, database, std::move(steps));
    daemon->machine->behaviour = [this](const BootSpec&) { return good("vm"); };
    for (auto& [name, host] : daemon->bare) host->behaviour = [this, name = name](const BootSpec&) { return good(name); };
  }
  std::int64_t submit(const std::string& machine, int boots = 2, const std::string& submitter = "ada") {
    auto plan = make_plan(CheapLab::request(boots, machine), lab.config, submitter, 5);
    REQUIRE(plan);
    return daemon->experiments.add(*plan, 1.0).value();
  }
  std::string text(const char* sql, const std::string& value = {}) {
    auto row = value.empty() ? statement(database.connection(), sql) : statement(database.connection(), sql, value);
    std::string out;
    while (row.executeStep()) out += (out.empty() ? "" : " ") + row.getColumn(0).getString();
    return out;
  }
  // A boot that gives a result; the host is leased by then.
  FakeBoot good(const std::string& machine) {
    if (machine != "vm") leased_in_time = leased_in_time && text("SELECT purpose FROM lease WHERE host = ?", machine) == "experiment";
    FakeBoot boot;
    boot.console("[    0.000000] Linux version 9.9 (klab@klab)\nklab: init\nklab: runner start\n" + noise)
        .results(tiny_results(text("SELECT nonce FROM boot WHERE outcome IS NULL AND machine = ?", machine), 100.0))
        .ends(PowerEnd::powered_off);
    return boot;
  }
  ExperimentRecord record(std::int64_t id) { return daemon->experiments.get(id).value(); }
  std::string told(std::int64_t id) { return daemon->board.get(id).step; }
  // The machines that an experiment's boots ran on.
  std::string machines(std::int64_t id) {
    return text(fmt::format("SELECT DISTINCT machine FROM boot JOIN slot ON slot = slot.id WHERE experiment = {} ORDER BY machine", id).c_str());
  }

  TemporaryDirectory directory = scratch();
  CheapLab lab;
  Database database = Database::open(lab.config.database()).value();
  std::optional<CheapDaemon> daemon;
  bool leased_in_time = true;
  std::string noise;  // on the console
};

}  // namespace klab::test
