// SPDX-License-Identifier: GPL-3.0-or-later
// Boots that are profiled: kept like the others, seen by nobody who does not ask for them.
#include <catch2/catch.hpp>

#include "store/boot_store.hpp"
#include "store/experiment_store.hpp"
#include "util/file.hpp"

using namespace klab;

namespace {

struct Fixture {
  TemporaryDirectory directory = TemporaryDirectory::create("/tmp", "klab-store-").value();
  Database database = Database::open(directory.path() / "klab.db").value();
  ExperimentStore experiments{database};
  BootStore boots{database};
  std::int64_t id = 0;
  std::vector<std::int64_t> arms;

  Fixture() {
    ExperimentPlan plan;
    plan.title = "t";
    plan.arms.resize(2);
    plan.arms[0].label = "base";
    plan.arms[1].label = "patched";
    plan.contrasts = {{0, 1}};
    plan.boots = 1;
    plan.profile = true;
    id = experiments.add(plan, 1.0).value();
    for (const auto& arm : experiments.get(id).value().arms) arms.push_back(arm.id);
    REQUIRE(boots.add_slots(id, arms).has_value());
    REQUIRE(boots.add_profile_slots(id, arms).has_value());
  }

  std::int64_t start(std::int64_t slot, int attempt = 1) {
    BootStart start;
    start.slot = slot;
    start.attempt = attempt;
    start.fingerprint.facts = {{"cpu", "x"}};
    return boots.start(start).value();
  }
};

BootEnd profiled_end() {
  BootEnd end;
  end.outcome = Outcome::ok;
  end.finished = 2.0;
  CaseProfile first{"w", "b", "cpu-clock", 997, 100, 2, 30, 1, 7, 4, {{"spin", "", 50}, {"spin", "klab_w", 10}}};
  CaseProfile second{"w", "a", "cycles", 499, 0, 0, 0, 0, 0, 0, {}};
  end.profiles = {first, second};
  return end;
}

}  // namespace

TEST_CASE("store: places of profiles stand behind the others, once, and are asked for by name") {
  Fixture f;
  CHECK(f.experiments.get(f.id).value().plan.profile);
  REQUIRE(f.boots.add_profile_slots(f.id, f.arms).has_value());
  REQUIRE(f.boots.add_slots(f.id, f.arms).has_value());
  CHECK(f.boots.slots(f.id).value().size() == 2);
  const auto slots = f.boots.slots(f.id, BootKind::profiled).value();
  REQUIRE(slots.size() == 2);
  CHECK(slots[0].position == 3);
  CHECK(slots[1].position == 4);
  CHECK(slots[1].arm == f.arms[1]);
  CHECK(slots[1].profile);
  CHECK_FALSE(f.boots.slots(f.id).value()[0].profile);
}

TEST_CASE("store: a profile comes back as it went in, and counts among no boots") {
  Fixture f;
  const auto slot = f.boots.slots(f.id, BootKind::profiled).value()[0];
  const auto boot = f.start(slot.id);
  REQUIRE(f.boots.finish(boot, profiled_end()).has_value());
  CHECK(f.boots.list(f.id).value().empty());
  REQUIRE(f.boots.list(f.id, BootKind::profiled).value().size() == 1);
  CHECK(f.boots.get(boot).value().profile);
  CHECK(f.boots.slots(f.id, BootKind::profiled).value()[0].result == boot);
  const auto line = f.experiments.list(1).value().at(0);
  CHECK(line.boots_planned == 2);
  CHECK(line.boots_done == 0);
  const auto back = f.boots.profiles(boot).value();
  REQUIRE(back.size() == 2);
  CHECK(back[0].case_name == "b");
  CHECK(back[0].busy() == 69);
  CHECK(back[0].user == 2);
  CHECK(back[0].other == 7);
  CHECK(back[0].lost == 4);
  REQUIRE(back[0].symbols.size() == 2);
  CHECK(back[0].symbols[1].module == "klab_w");
  CHECK(back[0].symbols[1].samples == 10);
  CHECK(back[1].method == "cycles");
  CHECK(back[1].hz == 499);
  CHECK(back[1].symbols.empty());
}

TEST_CASE("store: no number of a profiled boot can be stored, whoever tries") {
  Fixture f;
  const auto slot = f.boots.slots(f.id, BootKind::profiled).value()[0];
  const auto refusal = "cannot store the boot in \"" + (f.directory.path() / "klab.db").string() +
                       "\": a boot that is profiled is not measured";
  auto end = profiled_end();
  end.samples = {{"w", "a", "time", 1, false, 1.0}};
  const auto boot = f.start(slot.id);
  CHECK(f.boots.finish(boot, end).error().message == refusal);
  end.samples.clear();
  end.summaries = {{"w", "a", "time", 1.0, 1}};
  CHECK(f.boots.finish(boot, end).error().message == refusal);
  CHECK(f.boots.profiles(boot).value().empty());  // undone whole
  REQUIRE(f.boots.finish(boot, profiled_end()).has_value());
  // Nor a second result.
  CHECK(f.boots.finish(f.start(slot.id, 2), profiled_end()).has_error());
}

TEST_CASE("store: a profile that was cut off is taken again") {
  Fixture f;
  const auto slot = f.boots.slots(f.id, BootKind::profiled).value()[0];
  f.start(slot.id);
  CHECK(f.boots.mark_interrupted(3.0).value() == 1);
  const auto again = f.boots.slots(f.id, BootKind::profiled).value()[0];
  CHECK(again.attempts == 1);
  CHECK_FALSE(again.result.has_value());
}
