// SPDX-License-Identifier: GPL-3.0-or-later
// What tonight is compared with, and what is taken where that fails.
#include "tests/schedule/nights_place.hpp"

using namespace klab;
using namespace klab::test;
using Place = NightsPlace;

TEST_CASE("nights: a last good that no longer boots, or is gone, is given up, and an older one is taken") {
  Place place;
  place.matrix(one_tree);
  place.commit("moving", "older");
  const auto older = place.only(place.night()).id;
  place.commit("moving", "newer");
  const auto newer = place.only(place.night()).id;
  REQUIRE(place.store().last_good(1, 0).value()->id == newer);
  SECTION("it does not boot") {
    place.commit("moving", "tonight");
    Place::Life life(place);
    life.daemon.machine->behaviour = [&](const BootSpec& spec) {
      const auto kernel = read_file(spec.kernel).value();
      if (kernel.find("newer") == std::string::npos) return place.boot(spec, life.daemon);
      FakeBoot boot;
      boot.console("[    0.000000] Linux version 9.9 (klab@klab)\nklab: init\nklab: runner start\n");
      return boot.console("[    1.000000] Kernel panic - not syncing: on purpose\n").ends(PowerEnd::powered_off);
    };
    const auto id = life.start().value();
    REQUIRE(life.run());
    const auto cell = place.only(id);
    CHECK(cell.state == CellState::done);
    CHECK(cell.verdict == CellVerdict::insufficient_data);
    CHECK(cell.last_good == newer);
    CHECK(cell.reason == "last-good: 5 of 5 boots failed; nothing is compared with it any more, unless it is accepted again");
  }
  SECTION("its commit is gone") {
    shell("git reset -q --hard HEAD~1 && git reflog expire --expire=now --all && git gc -q --prune=now", place.directory.path() / "moving");
    std::filesystem::remove_all(place.lab.config.cache / "trees");
    place.commit("moving", "tonight");
    const auto experiments = place.experiments();
    const auto cell = place.only(place.night());
    // The same night goes on with the older one.
    CHECK(cell.state == CellState::done);
    CHECK(cell.last_good == older);
    CHECK(place.experiments() == experiments + 2);
    INFO(cell.reason);
    CHECK((cell.verdict == CellVerdict::no_change || cell.verdict == CellVerdict::within_noise));
    CHECK(cell.reason.starts_with("last-good: "));
    CHECK(cell.reason.ends_with(fmt::format("; nothing is compared with it any more, unless it is accepted again (experiment {})", experiments + 1)));
    return;
  }
  SECTION("two are gone, and it goes on without") {
    place.commit("moving", "newest");
    place.night();
    shell("git reset -q --hard HEAD~2 && git reflog expire --expire=now --all && git gc -q --prune=now", place.directory.path() / "moving");
    std::filesystem::remove_all(place.lab.config.cache / "trees");
    place.commit("moving", "tonight");
    const auto experiments = place.experiments();
    const auto cell = place.only(place.night());
    CHECK(cell.state == CellState::done);
    CHECK(place.experiments() == experiments + 3);
    CHECK_FALSE(cell.last_good);
    CHECK(cell.verdict == CellVerdict::none);
    CHECK(cell.reason.starts_with("last-good: "));
    // Tonight is what the next is compared with.
    CHECK(place.store().last_good(1, 0).value()->id == cell.id);
    return;
  }
  place.commit("moving", "tomorrow");
  const auto cell = place.only(place.night());
  CHECK(cell.state == CellState::done);
  CHECK(cell.last_good == older);
  CHECK((cell.verdict == CellVerdict::no_change || cell.verdict == CellVerdict::within_noise));
}

TEST_CASE("nights: where last good is the reference's kernel, no arm is measured twice") {
  Place place;
  place.matrix(one_tree);  // moving is still where tree is, but it is another tree
  auto cell = place.only(place.night());
  place.matrix("[[source]]\ntree = \"tree\"\nrefs = [\"work\"]\n[reference]\ntree = \"tree\"\nref = \"master\"\n");
  shell("git branch work", place.directory.path() / "tree");
  cell = place.only(place.night());
  CHECK(cell.verdict == CellVerdict::none);
  const auto good = cell.id;
  shell("git checkout -q work && echo SLOW >kernel/a.c && git commit -qam slow && git checkout -q master", place.directory.path() / "tree");
  cell = place.only(place.night());
  CHECK(cell.last_good == good);
  CHECK(cell.verdict == CellVerdict::regressed);
  CHECK(place.arms(cell).find("last-good") == std::string::npos);
}
