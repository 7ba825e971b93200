// SPDX-License-Identifier: GPL-3.0-or-later
// From a bad night to the commit, over a fake machine whose kernels say how fast they are.
#include <catch2/catch.hpp>

#include "tests/schedule/night_lab.hpp"

using namespace klab;
using namespace klab::test;

namespace {

std::vector<Investigation> all(NightLab& lab) {
  TrendStore trends(lab.database);
  auto found = trends.investigations(100).value();
  std::reverse(found.begin(), found.end());
  return found;
}

}  // namespace

TEST_CASE("investigation: a bad morning is confirmed and bisected to the commit") {
  NightLab lab(1);
  lab.weather.sd = 0.01;
  lab.commit(100.0, "harmless");
  lab.reference = lab.head();
  for (int i = 1; i <= 2; ++i) {
    lab.commit(100.0, "harmless too");
    lab.night(fmt::format("2026-09-0{}", i));
    lab.settle();
  }
  CHECK(all(lab).empty());
  lab.commit(100.0, "still harmless");
  const auto culprit = lab.commit(117.0, "sched: look twice");
  lab.commit(117.0, "after it");
  lab.commit(117.0, "long after it");
  const auto bad = lab.night("2026-09-03");
  CHECK(bad.verdict == CellVerdict::regressed);
  lab.settle();
  const auto found = all(lab);
  REQUIRE(found.size() == 1);
  const auto& one = found.front();
  CHECK(one.source == "morning verdict");
  CHECK(one.first_bad == bad.id);
  CHECK(one.magnitude == Approx(0.17).margin(0.03));
  CHECK(one.state == InvestigationState::ended);
  CHECK(one.result == "commit named");
  CHECK(one.culprit == culprit);
  INFO(one.conclusion);
  CHECK(one.conclusion.starts_with(culprit.substr(0, 12) + " \"sched: look twice\" by Ann <a@b.org> is the first of 4 commits that shows it after 2 steps; tiny a, time: regressed: +1"));
  REQUIRE(one.steps.size() == 3);
  CHECK_FALSE(one.steps[0].bisect);
  CHECK(one.steps[0].mark == "bad");
  CHECK(one.steps[1].bisect);
  const auto confirmation = ExperimentStore(lab.database).get(*one.steps[0].experiment).value();
  CHECK(confirmation.plan.arms[0].label == "last-good");
  CHECK(confirmation.plan.arms[1].label == "first-bad");
  CHECK(confirmation.plan.boots == 5);
  const auto step = ExperimentStore(lab.database).get(*one.steps[1].experiment).value();
  REQUIRE(step.plan.arms.size() == 3);
  CHECK(step.plan.arms[2].label == "candidate");
  CHECK(step.plan.contrasts.size() == 3);
  // The next morning says so again, and nobody looks again.
  lab.commit(117.0, "another day");
  CHECK(lab.night("2026-09-04").verdict == CellVerdict::regressed);
  lab.settle();
  CHECK(all(lab).size() == 1);
}
