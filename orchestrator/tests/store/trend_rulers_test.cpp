// SPDX-License-Identifier: GPL-3.0-or-later
// What a night was measured with, as its experiment's plan has it.
#include <catch2/catch.hpp>

#include "store/experiment_store.hpp"
#include "store/trend_store.hpp"
#include "support/error_words.hpp"
#include "tests/store/trend_rows.hpp"
#include "util/file.hpp"
#include "util/hash.hpp"

using namespace klab;
using namespace klab::test;

namespace {

ExperimentPlan plan() {
  ExperimentPlan plan;
  plan.title = "t";
  plan.submitter = "klabd";
  Series instrument;
  instrument.patches.resize(2);
  for (int i = 0; i < 2; ++i) {
    instrument.patches[static_cast<std::size_t>(i)].number = i + 1;
    instrument.patches[static_cast<std::size_t>(i)].mail = fmt::format("count {}\n", i);
  }
  plan.series = {instrument};
  ArmPlan arm;
  arm.label = "reference";
  arm.tree = "tree";
  arm.machine = "vm";
  arm.kconfig = {"tinyconfig", {{"lab", "CONFIG_FAST=y\n"}, {"debug", "CONFIG_SLOW=y\n"}}};
  arm.command_line = "quiet";
  plan.arms = {arm, arm};
  plan.arms[1].label = "tonight";
  plan.contrasts = {{0, 1}};
  plan.workloads.push_back({"tiny", "tiny", "hash of tiny", {}, {}});
  plan.workloads.push_back({"counted", "counted", "hash of counted", {}, {}});
  plan.workloads[1].instrument = 0;
  return plan;
}

struct Fixture {
  TemporaryDirectory directory = TemporaryDirectory::create("/tmp", "klab-store-").value();
  Database database = Database::open(directory.path() / "klab.db").value();
  ExperimentStore experiments{database};
  TrendStore trends{database};
  std::int64_t cell = add_cell(database, "m", "c");
  int nights = 0;

  std::int64_t night() {
    ++nights;
    return add_night_cell(database, add_night(database, "m", fmt::format("2026-11-{:02}", nights), nights), cell, "done");
  }
  std::int64_t night(const ExperimentPlan& plan) {
    const auto id = night();
    execute(database.connection(), "UPDATE night_cell SET experiment = ? WHERE id = ?", experiments.add(plan, 1.0).value(), id);
    return id;
  }
};

}  // namespace

TEST_CASE("rulers: workloads, instruments, kconfig and command line of tonight's arm") {
  Fixture f;
  const auto id = f.night(plan());
  const auto rulers = f.trends.rulers(f.cell, 10).value();
  REQUIRE(rulers.size() == 1);
  const auto& ruler = *rulers.at(id);
  REQUIRE(ruler.workloads.size() == 2);
  CHECK(ruler.workloads.at("tiny").hash == "hash of tiny");
  CHECK(ruler.workloads.at("tiny").instrument.empty());
  CHECK(ruler.workloads.at("counted").hash == "hash of counted");
  CHECK(ruler.workloads.at("counted").instrument == sha256("count 0\n") + sha256("count 1\n"));
  CHECK(ruler.kconfig_base == "tinyconfig");
  CHECK(ruler.fragments ==
        std::vector<std::pair<std::string, std::string>>{{"lab", sha256("CONFIG_FAST=y\n")}, {"debug", sha256("CONFIG_SLOW=y\n")}});
  CHECK(ruler.command_line == "quiet");
}

TEST_CASE("rulers: nights that were measured alike share one, and those of an older klab are no others") {
  Fixture f;
  auto other = plan();
  other.workloads[0].hash = "another";
  const auto first = f.night(plan()), changed = f.night(other), back = f.night(plan());
  const auto without = f.night();
  // Before texts were stored once.
  const auto old = f.night(plan());
  auto& db = f.database.connection();
  for (const auto& [name, text] : {std::pair("lab", "CONFIG_FAST=y\n"), std::pair("debug", "CONFIG_SLOW=y\n")})
    execute(db,
            "UPDATE arm_kconfig SET text = ?, long_text = NULL WHERE name = ? AND arm IN"
            " (SELECT arm.id FROM arm JOIN night_cell ON night_cell.experiment = arm.experiment WHERE night_cell.id = ?)",
            std::string_view(text), std::string_view(name), old);
  const auto rulers = f.trends.rulers(f.cell, 10).value();
  REQUIRE(rulers.size() == 4);
  CHECK(rulers.at(first) == rulers.at(back));
  CHECK(rulers.at(first) == rulers.at(old));
  CHECK(rulers.at(first) != rulers.at(changed));
  CHECK_FALSE(*rulers.at(first) == *rulers.at(changed));
  CHECK_FALSE(rulers.count(without));
  // The newest nights, gaps among them, as points() has them.
  CHECK(f.trends.rulers(f.cell, 2)->size() == 1);
  CHECK(f.trends.rulers(f.cell + 1, 10)->empty());
}
