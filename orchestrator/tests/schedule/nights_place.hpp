// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <spdlog/spdlog.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "schedule/nights.hpp"
#include "store/statement.hpp"
#include "tests/schedule/cheap_lab.hpp"

namespace klab::test {

inline const std::string two_trees = R"(
[[source]]
tree = "moving"
refs = ["master"]
[[source]]
tree = "second"
refs = ["master"]
[reference]
tree = "tree"
ref = "master"
)";
inline const std::string one_tree = R"(
[[source]]
tree = "moving"
refs = ["master"]
[reference]
tree = "tree"
ref = "master"
)";

// A lab with two trees that are fetched, "moving" and "second", and a matrix "m".
struct NightsPlace {
  NightsPlace() {
    spdlog::set_level(spdlog::level::off);
    for (const char* name : {"moving", "second"}) {
      shell(fmt::format("git clone -q tree {}", name), directory.path());
      auto& tree = lab.config.trees[name];
      tree.name = name;
      tree.remote = (directory.path() / name).string();
      tree.ref = "master";
      tree.fetch_limit = std::chrono::seconds(60);
    }
    lab.config.matrices_directory = directory.path() / "matrices";
    lab.config.defaults.boots = 5;
  }

  void matrix(const std::string& text) { write(lab.config.matrices_directory / "m.toml", text); }
  // A new head; what the kernel says decides what its boots measure: "SLOW" takes longer, "CRASH" panics.
  std::string commit(const std::string& repository, const std::string& text) {
    return shell(fmt::format("echo '{}' >kernel/a.c && git commit -qam '{}' && git rev-parse HEAD", text, text), directory.path() / repository)
        .substr(0, 40);
  }

  // One klabd: its queue and its nights, until `enough` or all nights are over.
  struct Life {
    explicit Life(NightsPlace& place) : daemon(place.lab, place.database), nights(daemon.lab, daemon.queue, daemon.reactor.get_executor()) {
      daemon.machine->behaviour = [this, &place](const BootSpec& spec) { return place.boot(spec, daemon); };
    }
    Result<void> run(std::function<bool()> enough = nullptr) {
      std::stop_source stop;
      Result<void> queue_ended, nights_ended;
      auto watch = [](Life& self, std::stop_source source, std::function<bool()> suffices) -> boost::asio::awaitable<void> {
        for (;;) {
          auto open = self.daemon.nights.unfinished();
          if (!open || (suffices ? suffices() : open->empty())) break;
          co_await self.daemon.bell.wait(self.daemon.bell.rings(), std::chrono::milliseconds(20), {});
        }
        source.request_stop();
      };
      auto watching = watch(*this, stop, std::move(enough));
      auto queue = daemon.queue.run(stop.get_token());
      auto running = nights.run(stop.get_token());
      boost::asio::co_spawn(daemon.reactor, std::move(watching), [](std::exception_ptr) {});
      boost::asio::co_spawn(daemon.reactor, std::move(queue), [&](std::exception_ptr thrown, Result<void> r) {
        queue_ended = thrown ? Result<void>(lab_error("an exception")) : std::move(r);
      });
      boost::asio::co_spawn(daemon.reactor, std::move(running), [&](std::exception_ptr thrown, Result<void> r) {
        nights_ended = thrown ? Result<void>(lab_error("an exception")) : std::move(r);
      });
      daemon.reactor.restart();
      daemon.reactor.run();
      return queue_ended ? nights_ended : queue_ended;
    }
    Result<std::int64_t> start(std::optional<double> budget = {}) {
      std::optional<Result<std::int64_t>> id;
      auto begun = nights.start("m", "ada", budget);
      boost::asio::co_spawn(daemon.reactor, std::move(begun), [&](std::exception_ptr thrown, Result<std::int64_t> r) {
        id = thrown ? Result<std::int64_t>(lab_error("an exception")) : std::move(r);
      });
      daemon.reactor.restart();
      while (!id && daemon.reactor.run_one()) {
      }
      return *id;
    }
    CheapDaemon daemon;
    Nights nights;
  };

  FakeBoot boot(const BootSpec& spec, CheapDaemon&) {
    ++boots;
    std::ifstream file(spec.kernel);
    const std::string kernel((std::istreambuf_iterator<char>(file)), {});
    auto row = statement(database.connection(), "SELECT nonce FROM boot WHERE outcome IS NULL");
    REQUIRE(row.executeStep());
    FakeBoot boot;
    boot.console("[    0.000000] Linux version 9.9 (klab@klab)\nklab: init\nklab: runner start\n");
    if (kernel.find("CRASH") != std::string::npos)
      return boot.console("[    1.000000] Kernel panic - not syncing: on purpose\n").ends(PowerEnd::powered_off);
    const double value = (kernel.find("SLOW") != std::string::npos ? 130.0 : 100.0) + static_cast<double>(boots % 3);
    return boot.results(tiny_results(row.getColumn(0).getString(), value)).ends(PowerEnd::powered_off);
  }

  // A whole night by hand in a daemon of its own.
  std::int64_t night(std::optional<double> budget = {}) {
    Life life(*this);
    auto id = life.start(budget);
    if (!id) FAIL(id.error().message);
    auto ran = life.run();
    if (!ran) FAIL(ran.error().message);
    return *id;
  }
  NightStore store() { return NightStore(database); }
  NightCell only(std::int64_t night) {
    const auto cells = store().night_cells(night).value();
    REQUIRE(cells.size() == 1);
    return cells[0];
  }
  // The cell of a tree.
  NightCell of(std::int64_t night, const std::string& tree) {
    const auto cells = store().night_cells(night).value();
    for (const auto& cell : cells)
      if (store().cell(cell.cell)->tree == tree) return cell;
    FAIL("no cell of " + tree);
    return {};
  }
  std::string arms(const NightCell& cell) {
    REQUIRE(cell.experiment);
    std::string out;
    const auto record = ExperimentStore(database).get(*cell.experiment).value();
    for (const auto& arm : record.plan.arms) out += arm.label + " " + arm.base.substr(0, 7) + "\n";
    return out;
  }
  int experiments() { return database.connection().execAndGet("SELECT count(*) FROM experiment").getInt(); }

  TemporaryDirectory directory = scratch();
  CheapLab lab{directory.path()};
  Database database = Database::open(lab.config.database()).value();
  int boots = 0;
};

}  // namespace klab::test
