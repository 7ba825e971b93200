// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <catch2/catch.hpp>

#include "store/boot_store.hpp"
#include "store/build_store.hpp"
#include "store/experiment_store.hpp"
#include "store/night_store.hpp"
#include "support/error_words.hpp"
#include "util/file.hpp"

namespace klab::test {

inline Cell a_cell(const std::string& label, const std::string& machine = "vm", const std::string& matrix = "m") {
  Cell cell;
  cell.matrix = matrix;
  cell.label = label;
  cell.tree = "mainline";
  cell.ref = "master";
  cell.kconfig = "lab";
  cell.machine = machine;
  cell.workload = "tiny";
  return cell;
}

// A database of matrix "m".
struct NightsFixture {
  TemporaryDirectory directory = TemporaryDirectory::create("/tmp", "klab-store-").value();
  Database database = Database::open(directory.path() / "klab.db").value();
  NightStore nights{database};
  ExperimentStore experiments{database};
  BootStore boots{database};
  BuildStore builds{database};

  static Night night(const std::string& date, const std::string& matrix = "m") {
    Night night;
    night.matrix = matrix;
    night.date = date;
    night.person = "klabd";
    night.started = 1000.0;
    night.definition = "# a matrix\n";
    return night;
  }
  std::int64_t begin(const std::vector<Cell>& cells, const std::string& date = "2026-11-21") { return nights.begin(night(date), cells).value(); }
  // What became of a cell in a night.
  void end(std::int64_t night, const std::string& label, CellState state, CellVerdict verdict = CellVerdict::none,
           CellKind kind = CellKind::comparison) {
    const auto all = nights.night_cells(night).value();
    for (auto cell : all) {
      if (nights.cell(cell.cell)->label != label) continue;
      cell.state = state;
      cell.verdict = verdict;
      cell.kind = kind;
      REQUIRE(nights.update(cell).has_value());
    }
  }
  // The cell of this label is done, with a good boot of each arm that took so long.
  std::int64_t measured(std::int64_t night, const std::string& label, double seconds, const ExperimentPlan& plan = NightsFixture::plan()) {
    std::int64_t experiment = 0;
    const auto all = nights.night_cells(night).value();
    for (const auto& cell : all)
      if (nights.cell(cell.cell)->label == label) experiment = nights.submit(cell, plan, 5.0).value();
    REQUIRE(experiment > 0);
    boot(experiment, seconds);
    end(night, label, CellState::done);
    return experiment;
  }
  // A kernel of the experiment's arm that took so long to build.
  void built(std::int64_t experiment, std::size_t arm, double seconds, bool from_cache = false) {
    BuildRecord record;
    record.id = builds.start(0.0).value();
    record.outcome = Outcome::ok;
    record.from_cache = from_cache;
    record.finished = seconds;
    REQUIRE(builds.finish(record).has_value());
    REQUIRE(experiments.set_arm_build(experiments.get(experiment)->arms.at(arm).id, record.id).has_value());
  }
  std::string order(std::int64_t night) {
    std::string out;
    const auto all = nights.night_cells(night).value();
    for (const auto& cell : all) out += nights.cell(cell.cell)->label + " ";
    return out;
  }
  static ExperimentPlan plan() {
    ExperimentPlan plan;
    plan.title = "t";
    plan.submitter = "klabd";
    ArmPlan arm;
    arm.label = "reference";
    arm.tree = "mainline";
    arm.kconfig.fragments.push_back({"lab", "CONFIG_SMP=y\n"});
    arm.machine = "vm";
    plan.arms = {arm, arm};
    plan.arms[1].label = "tonight";
    plan.contrasts = {{0, 1}};
    plan.workloads.push_back({"tiny", "tiny", "hash", {}, {}});
    return plan;
  }
  // One good boot of each arm.
  void boot(std::int64_t experiment, double seconds) {
    std::vector<std::int64_t> arms;
    const auto record = experiments.get(experiment).value();
    for (const auto& arm : record.arms) arms.push_back(arm.id);
    REQUIRE(boots.add_slots(experiment, arms).has_value());
    const auto slots = boots.slots(experiment).value();
    for (const auto& slot : slots) {
      BootStart start;
      start.slot = slot.id;
      start.started = 100.0;
      start.nonce = "n";
      start.fingerprint.facts["cpu"] = fmt::format("cpu of {}", experiment);
      BootEnd end;
      end.outcome = Outcome::ok;
      end.finished = 100.0 + seconds;
      REQUIRE(boots.finish(boots.start(start).value(), end).has_value());
    }
  }
};

}  // namespace klab::test
