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

// All that follows now, once; and what it said.
Result<void> look(NightLab::Life& life, std::stop_token stop = {}) {
  Result<void> said = lab_error("it has not ended");
  auto looking = life.watch.look(stop);
  boost::asio::co_spawn(life.daemon.reactor, std::move(looking), [&](std::exception_ptr thrown, Result<void> result) {
    said = thrown ? Result<void>(lab_error("an exception")) : std::move(result);
  });
  life.daemon.reactor.restart();
  life.daemon.reactor.run();
  return said;
}

}  // namespace

TEST_CASE("investigation: where git fails it is tried again, and not for ever") {
  NightLab lab(11);
  lab.weather.sd = 0.01;
  lab.reference = lab.head();
  lab.commit(100.0, "harmless");
  lab.night("2026-09-01");
  const auto culprit = lab.commit(117.0, "the one");
  lab.night("2026-09-02");
  double now = lab.clock();
  {
    NightLab::Life life(lab);
    // Asked to stop, nothing of all this is begun.
    std::stop_source stop;
    stop.request_stop();
    const auto none = look(life, stop.get_token());
    CHECK((none.has_value() || none.error().kind == ErrorKind::stopped));
    CHECK(life.daemon.trends.without_points()->size() == 2);
    REQUIRE(look(life).has_value());
    REQUIRE(life.daemon.trends.open_investigations()->size() == 1);
    life.daemon.reactor.restart();
    REQUIRE(life.daemon.work().has_value());  // the confirmation
  }
  NightLab::Life life(lab);
  life.daemon.lab.now = [&now] { return now; };
  const auto objects = lab.tree() / ".git/objects", away = lab.directory_.path() / "objects";
  std::filesystem::rename(objects, away);
  std::filesystem::create_directory(objects);
  for (int i = 0; i < 3; ++i) REQUIRE(look(life).has_value());  // at once again: that is no new try
  CHECK(all(lab).front().state == InvestigationState::confirming);
  SECTION("and it has passed") {
    std::filesystem::remove(objects);
    std::filesystem::rename(away, objects);
    now += Investigations::patience + 1.0;
    REQUIRE(look(life).has_value());
    CHECK(all(lab).front().result == "commit named");
    CHECK(all(lab).front().culprit == culprit);
  }
  SECTION("and it stays") {
    for (int i = 1; i < Investigations::most_tries; ++i) {
      CHECK(all(lab).front().state == InvestigationState::confirming);
      now += Investigations::patience + 1.0;
      REQUIRE(look(life).has_value());
    }
    INFO(all(lab).front().conclusion);
    CHECK(all(lab).front().result == "confirmed");
    CHECK(all(lab).front().conclusion.find("; no commit: cannot ") != std::string::npos);
  }
}

TEST_CASE("investigation: a bad morning is confirmed and bisected to the commit") {
  NightLab lab(1);
  lab.weather.sd = 0.01;
  lab.commit(100.0, "harmless");
  lab.reference = lab.head();
  for (int i = 1; i <= 2; ++i) {
    lab.commit(100.0, "harmless too");
    lab.whole_night(fmt::format("2026-09-0{}", i));
  }
  CHECK(all(lab).empty());
  lab.commit(100.0, "still harmless");
  const auto culprit = lab.commit(117.0, "sched: look twice");
  lab.commit(117.0, "after it");
  lab.commit(117.0, "long after it");
  const auto bad = lab.whole_night("2026-09-03");
  CHECK(bad.verdict == CellVerdict::regressed);
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
  CHECK(lab.whole_night("2026-09-04").verdict == CellVerdict::regressed);
  CHECK(all(lab).size() == 1);
}

TEST_CASE("investigation: cut off at any instant, no step is lost and none is done twice") {
  NightLab lab(6);
  lab.weather.sd = 0.01;
  lab.reference = lab.head();
  lab.commit(100.0, "harmless");
  lab.night("2026-09-01");
  lab.commit(100.0, "still harmless");
  const auto culprit = lab.commit(117.0, "sched: look twice");
  lab.commit(117.0, "after it");
  lab.night("2026-09-02");
  Random random(6);
  int cuts = 0;
  for (bool done = false; !done; ++cuts) {
    REQUIRE(cuts < 300);
    NightLab::Life life(lab);
    // More and more handlers, so that it comes to an end.
    life.cut_after(1 + random.below(10 + 10 * static_cast<std::uint64_t>(cuts)));
    done = life.idle();
  }
  CHECK(cuts > 10);
  const auto found = all(lab);
  REQUIRE(found.size() == 1);
  INFO(found.front().conclusion);
  CHECK(found.front().result == "commit named");
  CHECK(found.front().culprit == culprit);
  std::set<std::int64_t> experiments;
  for (const auto& step : found.front().steps) {
    REQUIRE(step.experiment);
    experiments.insert(*step.experiment);
    CHECK(step.mark != "");
  }
  CHECK(experiments.size() == found.front().steps.size());
  auto& db = lab.database.connection();
  CHECK(db.execAndGet("SELECT count(*) FROM experiment").getInt64() == 2 + static_cast<std::int64_t>(experiments.size()));
  CHECK(db.execAndGet("SELECT count(*) FROM experiment WHERE outcome IS NOT 'ok'").getInt() == 0);
  CHECK(db.execAndGet("SELECT count(*) FROM boot WHERE outcome = 'ok'").getInt() == db.execAndGet("SELECT count(*) FROM slot").getInt());
  CHECK(db.execAndGet("SELECT count(*) FROM boot WHERE outcome = 'interrupted'").getInt() > 0);
}

TEST_CASE("investigation: what fresh boots do not show is not confirmed, and not looked at again and again") {
  NightLab lab(2);
  lab.weather.sd = 0.01;
  lab.reference = lab.head();
  lab.commit(100.0, "harmless");
  lab.night("2026-09-01");
  lab.commit(100.5, "harmless too");
  lab.weather.ghost = "100.5";
  lab.weather.haunted = 1.17;
  CHECK(lab.night("2026-09-02").verdict == CellVerdict::regressed);
  lab.weather.haunted = 1.0;
  lab.settle();
  const auto found = all(lab);
  REQUIRE(found.size() == 1);
  INFO(found[0].conclusion);
  CHECK(found[0].result == "not confirmed");
  CHECK(found[0].culprit.empty());
  CHECK(found[0].conclusion.starts_with("tiny a, time: fresh boots in random order do not show it: "));
  REQUIRE(found[0].steps.size() == 1);
  CHECK(found[0].steps[0].mark == "good");
  // All has been said of these two nights.
  lab.settle();
  CHECK(all(lab).size() == 1);
}

TEST_CASE("investigation: kernels that do not come up are gone around, and what is left is named") {
  NightLab lab(3);
  lab.weather.sd = 0.01;
  lab.weather.broken = {"117.1", "100.1"};
  lab.reference = lab.head();
  lab.commit(100.0, "harmless");
  lab.night("2026-09-01");
  const auto harmless = lab.commit(100.1, "harmless, but does not boot");
  const auto culprit = lab.commit(117.1, "the one, and does not boot");
  const auto last = lab.commit(117.0, "boots again");
  lab.night("2026-09-02");
  // Every experiment in a life of its own: what was found out is in the database, and nothing is submitted twice.
  for (std::size_t lives = 0; lives < 20; ++lives) {
    NightLab::Life life(lab);
    if (life.idle()) break;
    life.settle(ExperimentStore(lab.database).list(1000)->size() + 1);
  }
  lab.settle();
  const auto found = all(lab);
  REQUIRE(found.size() == 1);
  INFO(found[0].conclusion);
  CHECK(found[0].result == "confirmed");
  CHECK(found[0].culprit.empty());
  CHECK(found[0].conclusion.find("; no commit: only ones that could not be measured are left: it is one of ") != std::string::npos);
  for (const auto& commit : {harmless, culprit, last}) CHECK(found[0].conclusion.find(commit.substr(0, 12)) != std::string::npos);
  REQUIRE(found[0].steps.size() == 3);
  CHECK(found[0].steps[1].mark == "skip");
  CHECK(found[0].steps[1].text.starts_with("crashed: candidate: 5 of 5 boots failed"));
  // Two nights, a confirmation, two steps.
  CHECK(ExperimentStore(lab.database).list(1000)->size() == 5);
}

TEST_CASE("investigation: the same kernel on both sides is told from a changed command line") {
  NightLab lab(4);
  lab.weather.sd = 0.01;
  lab.reference = lab.head();
  lab.commit(100.0, "harmless");
  const auto a = lab.night("2026-09-01");
  const auto b = lab.night("2026-09-02");
  TrendStore trends(lab.database);
  Investigation one;
  one.cell = a.cell;
  one.last_good = a.id;
  one.first_bad = b.id;
  one.row = {"tiny", "a", "time"};
  one.source = "by hand";
  one.magnitude = 0.1;
  REQUIRE(trends.add_investigation(one));
  lab.settle();
  CHECK(all(lab).front().result == "could not tell");
  CHECK(all(lab).front().conclusion ==
        fmt::format("the kernel did not change: both nights ran {} with the same kconfig, command line and series; the workload,"
                    " the host or chance did it", lab.head().substr(0, 12)));
  // One that cannot be read any more.
  execute(lab.database.connection(), "UPDATE arm SET label = 'something' WHERE label = 'tonight'");
  one.magnitude = 0.2;
  REQUIRE(trends.add_investigation(one));
  lab.settle();
  CHECK(all(lab).back().conclusion == "cannot compare night 1: experiment 1 has no arm \"tonight\"");
}
