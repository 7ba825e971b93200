// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>

#include "store/boot_store.hpp"
#include "store/build_store.hpp"
#include "store/experiment_store.hpp"
#include "store/migrations.hpp"
#include "util/file.hpp"

using namespace klab;

namespace {

struct Fixture {
  TemporaryDirectory directory = TemporaryDirectory::create("/tmp", "klab-store-").value();
  Database database = Database::open(directory.path() / "klab.db").value();
  ExperimentStore experiments{database};
  BuildStore builds{database};
  BootStore boots{database};
};

ExperimentPlan plan() {
  ExperimentPlan plan;
  plan.title = "defer \xF0\x9F\x98\x80 'quoted'";
  plan.submitter = "alice";
  Series series;
  series.title = "workqueue";
  series.author = "A <a@example.org>";
  series.version = 2;
  series.cover = "cover\n";
  series.base_commit = std::string(40, 'a');
  series.change_id = "20260101-x";
  series.versions = {1, 2, 11};
  series.rfc = true;
  series.resend = true;
  series.prerequisites = {"prerequisite-patch-id: aa", "prerequisite-message-id: <b@c>"};
  series.trailers = {{0, "Acked-by: B <b@c>", "B <b@c>"}, {1, "Tested-by: D <d@e>", "D <d@e>"}};
  series.patches.push_back({1, "one", "A <a@example.org>", "today", "id@x", {"a.c", "b.c"}, std::string("mail\0bytes", 10)});
  series.left_aside.push_back({"Re: one", "a reply without a patch"});
  series.answered = {"[PATCH RFC v2 0/1] workqueue", "M <m@example.org>", {"list@example.org", "M\u00FCller, J. <j@example.org>"}, 7};
  plan.series.push_back(series);
  Series instrument;
  instrument.title = "window";
  plan.series.push_back(instrument);
  ArmPlan base;
  base.label = "base";
  base.tree = "debian";
  base.kconfig.fragments.push_back({"lab", "CONFIG_SMP=y\n"});
  base.machine = "vm";
  ArmPlan patched = base;
  patched.label = "patched";
  patched.series = 0;
  patched.patches = PatchRange{1, 1};
  patched.command_line = "x=1";
  patched.architecture = Architecture::arm64;
  base.title = "as it is";
  base.heading = "CONFIG_X=y";
  plan.arms = {base, patched};
  plan.contrasts = {{0, 1}};
  plan.workloads.push_back({"w", "w:n=1", "hash", {{"n", "1"}}, {{"rate", "items/s", Better::higher, true, 0.5}}});
  plan.workloads[0].facts = {{"method", "how", true}, {"gaps", "all of them", false}};
  plan.workloads[0].instrument = 1;
  plan.boots = 2;
  plan.seed = (1ull << 53) - 1;
  plan.delta = 0.03;
  return plan;
}

BootEnd good_end(double value) {
  BootEnd end;
  end.outcome = Outcome::ok;
  end.finished = 20.0;
  end.console = std::string("log\0\xff", 5);
  end.samples = {{"w", "c", "rate", 0, true, 1.0}, {"w", "c", "rate", 1, false, value}};
  end.summaries = {{"w", "c", "rate", value, 1}};
  end.unavailable = {{"w", "d", "no such scope"}};
  end.facts = {{"w", "c", "method", 1, false, "preempt_disable"}};
  end.guest_facts = {{"release", "6.12"}};
  return end;
}

}  // namespace

TEST_CASE("store: a plan comes back as it went in") {
  Fixture f;
  const auto id = f.experiments.add(plan(), 10.0);
  REQUIRE(id.has_value());
  const auto record = f.experiments.get(*id);
  REQUIRE(record.has_value());
  const auto& p = record->plan;
  CHECK(p.title == plan().title);
  CHECK(p.submitter == "alice");
  CHECK(p.series.at(0).version == 2);
  CHECK(p.series.at(0).patches.at(0).mail == std::string("mail\0bytes", 10));
  CHECK(p.series.at(0).patches.at(0).files == std::vector<std::string>{"a.c", "b.c"});
  CHECK(p.series.at(0).left_aside.at(0).why == "a reply without a patch");
  CHECK(p.series.at(0).versions == std::vector<int>{1, 2, 11});
  CHECK(p.series.at(0).rfc);
  CHECK(p.series.at(0).resend);
  CHECK(p.series.at(0).prerequisites == plan().series.at(0).prerequisites);
  REQUIRE(p.series.at(0).trailers.size() == 2);
  CHECK(p.series.at(0).trailers[1].part == 1);
  CHECK(p.series.at(0).trailers[1].trailer == "Tested-by: D <d@e>");
  CHECK(p.series.at(0).trailers[1].from == "D <d@e>");
  CHECK(p.series.at(0).answered.subject == "[PATCH RFC v2 0/1] workqueue");
  CHECK(p.series.at(0).answered.sender == "M <m@example.org>");
  CHECK(p.series.at(0).answered.recipients == plan().series.at(0).answered.recipients);
  CHECK(p.series.at(0).answered.left_out == 7);
  CHECK(p.series.at(1).answered.recipients.empty());
  CHECK_FALSE(p.arms.at(0).series.has_value());
  CHECK(p.arms.at(1).series == 0u);
  CHECK(p.arms.at(1).patches->last == 1);
  CHECK(p.arms.at(1).kconfig.fragments.at(0).text == "CONFIG_SMP=y\n");
  CHECK(p.arms.at(1).architecture == Architecture::arm64);
  CHECK(p.contrasts == std::vector<std::pair<std::size_t, std::size_t>>{{0, 1}});
  CHECK(p.workloads.at(0).parameters.at("n") == "1");
  CHECK(p.workloads.at(0).metrics.at(0).primary);
  CHECK(p.workloads.at(0).metrics.at(0).min_change == 0.5);
  REQUIRE(p.workloads.at(0).facts.size() == 2);
  CHECK(p.workloads.at(0).facts[0].name == "method");
  CHECK(p.workloads.at(0).facts[0].description == "how");
  CHECK(p.workloads.at(0).facts[0].shown);
  CHECK_FALSE(p.workloads.at(0).facts[1].shown);
  CHECK(p.workloads.at(0).instrument == 1u);
  CHECK(p.series.at(1).title == "window");
  CHECK(p.arms.at(0).title == "as it is");
  CHECK(p.arms.at(0).heading == "CONFIG_X=y");
  CHECK(p.arms.at(1).title.empty());
  CHECK(p.seed == (1ull << 53) - 1);
  CHECK(p.delta == 0.03);
  CHECK(record->state == ExperimentState::queued);
  CHECK_FALSE(record->outcome.has_value());
}

TEST_CASE("store: an experiment that is not there is a message") {
  Fixture f;
  const auto record = f.experiments.get(7);
  REQUIRE(record.has_error());
  CHECK(record.error().message == "cannot find experiment 7; klab status lists them");
}

TEST_CASE("store: a finished experiment stays as it finished") {
  Fixture f;
  const auto id = f.experiments.add(plan(), 10.0).value();
  CHECK(f.experiments.unfinished().value() == std::vector<std::int64_t>{id});
  REQUIRE(f.experiments.set_state(id, ExperimentState::building).has_value());
  REQUIRE(f.experiments.finish(id, Outcome::build_failed, "why", "tail", 11.0).has_value());
  REQUIRE(f.experiments.finish(id, Outcome::ok, "", "", 12.0).has_value());
  REQUIRE(f.experiments.set_state(id, ExperimentState::measuring).has_value());
  const auto record = f.experiments.get(id).value();
  CHECK(record.state == ExperimentState::done);
  CHECK(record.outcome == Outcome::build_failed);
  CHECK(record.finished == 11.0);
  CHECK(f.experiments.unfinished().value().empty());
}

TEST_CASE("store: a boot is committed whole and its slot takes no second result") {
  Fixture f;
  const auto id = f.experiments.add(plan(), 10.0).value();
  const auto arms = f.experiments.get(id).value().arms;
  REQUIRE(f.boots.add_slots(id, {arms[1].id, arms[0].id}).has_value());
  REQUIRE(f.boots.add_slots(id, {arms[0].id, arms[0].id}).has_value());  // the first order stands
  auto slots = f.boots.slots(id).value();
  REQUIRE(slots.size() == 2);
  CHECK(slots[0].arm == arms[1].id);

  BootStart start;
  start.slot = slots[0].id;
  start.started = 10.0;
  start.fingerprint.facts = {{"cpu", "EPYC"}};
  start.before = {0.5, 1.0, "performance"};
  const auto boot = f.boots.start(start).value();
  auto end = good_end(2.5);
  end.after = {0.6, 1.25, "performance"};
  REQUIRE(f.boots.finish(boot, end).has_value());
  REQUIRE(f.boots.finish(boot, good_end(9.0)).has_value());  // ignored: it has ended
  CHECK(f.boots.summaries(boot).value().at(0).value == 2.5);
  CHECK(f.boots.samples(boot).value().size() == 2);
  CHECK(f.boots.console(boot).value() == std::string("log\0\xff", 5));
  CHECK(f.boots.unavailable(boot).value().at(0).reason == "no such scope");
  CHECK(f.boots.fingerprint(boot).value().at("cpu") == "EPYC");
  CHECK(f.boots.guest_facts(boot).value().at("release") == "6.12");
  CHECK(f.boots.list(id).value().at(0).steal == 0.25);

  start.attempt = 2;
  const auto second = f.boots.start(start).value();
  const auto refused = f.boots.finish(second, good_end(9.0));
  REQUIRE(refused.has_error());
  CHECK(refused.error().message == "cannot store the boot in \"" + (f.directory.path() / "klab.db").string() +
                                       "\": UNIQUE constraint failed: boot.slot");
  CHECK(f.boots.samples(second).value().empty());
}

TEST_CASE("store: an interrupted boot leaves its slot free") {
  Fixture f;
  const auto id = f.experiments.add(plan(), 10.0).value();
  const auto arms = f.experiments.get(id).value().arms;
  REQUIRE(f.boots.add_slots(id, {arms[0].id}).has_value());
  BootStart start;
  start.slot = f.boots.slots(id).value().at(0).id;
  REQUIRE(f.boots.start(start).has_value());
  const auto build = f.builds.start(1.0).value();
  CHECK(f.boots.mark_interrupted(15.0).value() == 1);
  CHECK(f.builds.mark_interrupted(15.0).value() == 1);
  CHECK(f.boots.list(id).value().at(0).outcome == Outcome::interrupted);
  CHECK(f.builds.get(build).value().outcome == Outcome::interrupted);
  const auto slot = f.boots.slots(id).value().at(0);
  CHECK(slot.attempts == 1);
  CHECK_FALSE(slot.result.has_value());
}

TEST_CASE("store: the schema is migrated once and a newer one is refused") {
  Fixture f;
  CHECK(Database::open(f.directory.path() / "klab.db").has_value());
  f.database.connection().exec("PRAGMA user_version = 99");
  const auto newer = Database::open(f.directory.path() / "klab.db");
  REQUIRE(newer.has_error());
  CHECK(newer.error().message ==
        fmt::format("cannot use the database \"{}\": its schema is version 99, this klab knows {}; use a newer klab",
                    (f.directory.path() / "klab.db").string(), migrations().size()));
}

TEST_CASE("store: a database that cannot be opened is one message") {
  const auto missing = Database::open("/nonexistent/klab.db");
  REQUIRE(missing.has_error());
  CHECK(missing.error().message ==
        "cannot open the database \"/nonexistent/klab.db\": unable to open database file; check that its directory "
        "exists and can be written");
  auto directory = TemporaryDirectory::create("/tmp", "klab-store-").value();
  REQUIRE(write_file_atomic(directory.path() / "klab.db", std::string(4096, 'x')).has_value());
  const auto garbage = Database::open(directory.path() / "klab.db");
  REQUIRE(garbage.has_error());
  CHECK(garbage.error().message == "cannot open the database \"" + (directory.path() / "klab.db").string() +
                                       "\": file is not a database; move it away or restore a copy");
}

TEST_CASE("store: the search for a base is kept whole, and made again replaces the first") {
  Fixture f;
  const auto id = f.experiments.add(plan(), 10.0).value();
  const auto arm = f.experiments.get(id)->arms.at(1).id;
  REQUIRE(f.experiments.set_arm_base(arm, "", "in vain", {{"--base", "v1", false, "no such", "fatal: Needed a single revision"}}).has_value());
  CHECK(f.experiments.get(id)->arms.at(1).base_attempts.at(0).words == "fatal: Needed a single revision");
  REQUIRE(f.experiments
              .set_arm_base(arm, std::string(40, 'b'), "found",
                            {{"base-commit", "c", false, "not here", "bad object"}, {"blob ids", "1 a.c", true, "newest", ""}})
              .has_value());
  const auto record = f.experiments.get(id)->arms.at(1);
  CHECK(record.commit == std::string(40, 'b'));
  CHECK(record.base_reason == "found");
  REQUIRE(record.base_attempts.size() == 2);
  CHECK(record.base_attempts[0].way == "base-commit");
  CHECK_FALSE(record.base_attempts[0].taken);
  CHECK(record.base_attempts[1].wanted == "1 a.c");
  CHECK(record.base_attempts[1].taken);
  CHECK(f.experiments.get(id)->arms.at(0).base_attempts.empty());
}

TEST_CASE("store: a locked database and a full disk are one message each, and nothing half-done stays") {
  Fixture f;
  const auto path = (f.directory.path() / "klab.db").string();
  f.database.connection().exec("PRAGMA busy_timeout = 1");
  {
    SQLite::Database other(path, SQLite::OPEN_READWRITE);
    SQLite::Transaction held(other, SQLite::TransactionBehavior::IMMEDIATE);
    const auto locked = f.experiments.add(plan(), 1.0);
    REQUIRE(locked.has_error());
    CHECK(locked.error().kind == ErrorKind::lab);
    CHECK(locked.error().message ==
          "cannot store the experiment in \"" + path + "\": database is locked; another program holds it, close that and try again");
  }
  const int pages = f.database.connection().execAndGet("PRAGMA page_count").getInt();
  f.database.connection().exec(fmt::format("PRAGMA max_page_count = {}", pages));
  auto large = plan();
  large.series[0].cover.assign(1 << 20, 'x');
  const auto full = f.experiments.add(large, 1.0);
  REQUIRE(full.has_error());
  CHECK(full.error().message == "cannot store the experiment in \"" + path +
                                    "\": database or disk is full; free space on its disk and try again");
  CHECK(f.experiments.list(10).value().empty());
  f.database.connection().exec(fmt::format("PRAGMA max_page_count = {}", pages * 1000));
  CHECK(f.experiments.add(plan(), 1.0).has_value());
}

TEST_CASE("store: the newest experiment with a mail's series is found by its Message-ID") {
  Fixture f;
  auto plan_of = [](const std::string& cover, const std::string& patch) {
    auto made = plan();
    made.series[0].cover_message_id = cover;
    made.series[0].patches[0].message_id = patch;
    return made;
  };
  const auto first = f.experiments.add(plan_of("cover@x", "one@x"), 1.0);
  const auto second = f.experiments.add(plan_of("other@x", "one@x"), 2.0);
  REQUIRE(first.has_value());
  REQUIRE(second.has_value());
  const auto found = [&](const std::string& id) { return f.experiments.newest_of_message(id).value(); };
  CHECK(found("cover@x") == *first);
  CHECK(found("one@x") == *second);
  CHECK_FALSE(found("none@x").has_value());
  CHECK_FALSE(found("").has_value());
  // Those that klabd made of the same series are not what was submitted.
  std::vector<std::int64_t> made;
  for (int i = 0; i < 3; ++i) made.push_back(f.experiments.add(plan_of("cover@x", "one@x"), 3.0).value());
  f.database.connection().exec(fmt::format(
      "UPDATE experiment SET confirms = {} WHERE id = {};"
      "INSERT INTO night (id, matrix, date, origin, person, started, definition) VALUES (1, 'm', '2026-11-21', 'nightly', 'klabd', 1, '');"
      "INSERT INTO cell (id, matrix, label, tree, ref, series, kconfig, command_line, machine, workload)"
      " VALUES (1, 'm', 'l', 't', 'r', 's', 'lab', '', 'vm', 'w');"
      "INSERT INTO night_cell (id, night, cell, position, state, kind, experiment) VALUES (1, 1, 1, 1, 'done', 'comparison', {});"
      "INSERT INTO investigation (id, cell, last_good, first_bad, workload, case_name, metric, source, magnitude, found, state)"
      " VALUES (1, 1, 1, 1, 'w', '', 'm', 'change point', 0.1, 1, 'waiting');"
      "INSERT INTO investigation_step (investigation, position, kind, commit_id, experiment) VALUES (1, 0, 'confirm', 'c', {});",
      *first, made[0], made[1], made[2]));
  CHECK(found("cover@x") == *first);
  CHECK(found("one@x") == *second);
}
