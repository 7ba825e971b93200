// SPDX-License-Identifier: GPL-3.0-or-later
// What the database does so that it stays small, and what it does with one that is older.
#include <catch2/catch.hpp>

#include "store/boot_store.hpp"
#include "store/build_store.hpp"
#include "store/experiment_store.hpp"
#include "store/migrations.hpp"
#include "store/night_store.hpp"
#include "store/packed_text.hpp"
#include "store/total_store.hpp"
#include "util/file.hpp"
#include "util/random.hpp"

using namespace klab;

namespace {

struct Fixture {
  TemporaryDirectory directory = TemporaryDirectory::create("/tmp", "klab-store-").value();
  std::filesystem::path path = directory.path() / "klab.db";
  Database database = Database::open(path).value();
  SQLite::Database& db = database.connection();
  std::int64_t number(const char* sql) { return db.execAndGet(sql).getInt64(); }
};

std::string console(int boot) {
  Random random(7);
  std::string text;
  for (int line = 0; line < 400; ++line) text += fmt::format("pci {:04x}: BAR {} [mem 0x{:08x}]\n", line, line % 6, random.below(1ull << 32));
  return text + fmt::format("klab: boot {}\n", boot);
}

}  // namespace

TEST_CASE("store: a text that resembles the one before costs little and comes back whole") {
  Fixture f;
  const auto first = store_text(f.db, console(1), "console of vm");
  const auto second = store_text(f.db, console(2), "console of vm");
  CHECK(read_text(f.db, first) == console(1));
  CHECK(read_text(f.db, second) == console(2));
  CHECK(f.number("SELECT length(bytes) FROM text WHERE id = 1") > 2000);
  CHECK(f.number("SELECT length(bytes) FROM text WHERE id = 2") < 300);
  CHECK(f.number("SELECT base FROM text WHERE id = 2") == 1);
  // Another kind has a base of its own, and what nothing resembles becomes the base of its kind.
  const auto other = store_text(f.db, console(3), "console of host1");
  CHECK(read_text(f.db, other) == console(3));
  CHECK(f.number("SELECT base IS NULL FROM text WHERE id = 3") == 1);
  std::string noise;
  Random random(9);
  for (int i = 0; i < 5000; ++i) noise += static_cast<char>('a' + random.below(26));
  const auto strange = store_text(f.db, noise, "console of vm");
  CHECK(read_text(f.db, strange) == noise);
  CHECK(f.number("SELECT text FROM text_base WHERE kind = 'console of vm'") == strange);
  CHECK(read_text(f.db, second) == console(2));
}

TEST_CASE("store: texts of any length and bytes come back") {
  Fixture f;
  for (const std::string& text : {std::string(), std::string("short"), std::string(99, 'x'), std::string(100, '\0'),
                                  std::string(200'000, 'y') + std::string("\xff\0\x01", 3)}) {
    CHECK(read_text(f.db, store_text(f.db, text, "k")) == text);
    CHECK(read_text(f.db, store_text_once(f.db, text)) == text);
  }
  // Longer than zlib can look back, twice.
  const std::string large = console(1) + console(2) + console(3) + console(4);
  REQUIRE(large.size() > 50'000);
  CHECK(read_text(f.db, store_text(f.db, large, "l")) == large);
  CHECK(read_text(f.db, store_text(f.db, large + "x", "l")) == large + "x");
}

TEST_CASE("store: equal texts are stored once") {
  Fixture f;
  CHECK(store_text_once(f.db, console(1)) == store_text_once(f.db, console(1)));
  CHECK(store_text_once(f.db, console(1)) != store_text_once(f.db, console(2)));
  CHECK(f.number("SELECT count(*) FROM text") == 2);
}

TEST_CASE("store: a text whose bytes are damaged is an error and nothing else") {
  Fixture f;
  BuildStore builds(f.database);
  BuildRecord record;
  record.id = builds.start(1.0).value();
  record.outcome = Outcome::ok;
  record.log = console(1);
  record.finished = 2.0;
  REQUIRE(builds.finish(record).has_value());
  CHECK(builds.get(record.id).value().log == console(1));
  f.db.exec("UPDATE text SET bytes = substr(bytes, 1, 100) WHERE size > 1000");
  const auto damaged = builds.get(record.id);
  REQUIRE(damaged.has_error());
  CHECK(damaged.error().message == fmt::format("cannot read the build in \"{}\": text {} does not unpack; move it away or restore a copy",
                                               f.path.string(), f.number("SELECT log_text FROM build")));
}

TEST_CASE("store: a database of version 8 is carried over with all that is in it") {
  auto directory = TemporaryDirectory::create("/tmp", "klab-store-").value();
  const auto path = directory.path() / "klab.db";
  {
    SQLite::Database old(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    for (std::size_t i = 0; i < 8; ++i) old.exec(migrations().at(i).sql);
    old.exec("PRAGMA user_version = 8");
    old.exec(
        "INSERT INTO experiment (id, title, submitter, created, state, outcome, boots, seed, delta)"
        " VALUES (1, 't', 'alice', 1, 'done', 'ok', 1, 1, 0.02);"
        "INSERT INTO series (id, experiment, position, title, author, version, cover, cover_message_id, base_commit, change_id)"
        " VALUES (1, 1, 0, 's', 'A', 1, '', '', '', '');"
        "INSERT INTO patch VALUES (1, 1, 'p', 'A', 'today', 'id@x', 'a.c', x'6d61696c');"
        "INSERT INTO build (id, key, outcome, log, config, started, finished) VALUES (1, 'k', 'ok', 'make', 'CONFIG_X=y', 1, 41);"
        "INSERT INTO arm (id, experiment, position, label, tree, base, kconfig_base, command_line, machine, architecture, build)"
        " VALUES (1, 1, 0, 'base', 'debian', '', 'tinyconfig', '', 'vm', 'x86_64', 1),"
        "        (2, 1, 1, 'patched', 'debian', '', 'tinyconfig', '', 'vm', 'x86_64', 1);"
        "INSERT INTO arm_kconfig VALUES (1, 0, 'lab', 'CONFIG_SMP=y');"
        "INSERT INTO contrast VALUES (1, 0, 1, 2);"
        "INSERT INTO workload (experiment, position, name, request, hash) VALUES (1, 0, 'w', 'w', 'h');"
        "INSERT INTO slot (id, experiment, position, arm, profile) VALUES (1, 1, 1, 1, 0), (2, 1, 2, 2, 0), (3, 1, 3, 1, 1);"
        "INSERT INTO boot (id, slot, attempt, outcome, started, finished, case_seed, nonce, reproduce, console, guest_facts, machine)"
        " VALUES (1, 1, 1, 'ok', 10, 50, 1, 'n', '#!/bin/sh', x'6c6f6700ff', 'release: 6.12', 'vm'),"
        "        (2, 2, 1, 'crashed', 60, 70, 1, 'n', '', x'', '', 'vm');"
        "INSERT INTO sample VALUES (1, 'w', 'c', 'p50', 0, 1, 1.5), (1, 'w', 'c', 'p50', 1, 0, 2.5), (1, 'w', 'd', 'p50', 1, 0, 3);"
        "INSERT INTO summary VALUES (1, 'w', 'c', 'p50', 2.5, 1), (1, 'w', 'd', 'p50', 3, 1);"
        "INSERT INTO fact VALUES (1, 'w', 'c', 'method', 1, 0, 'preempt'), (1, 'w', 'd', 'method', 1, 0, 'preempt');"
        "INSERT INTO cell (id, matrix, label, tree, ref, series, kconfig, command_line, machine, workload, accepted) VALUES (1, 'm', 'l', 't', 'r', '', 'lab', '', 'vm', 'w', NULL), (2, 'm', 'q', 't', 'r', '', 'lab', 'quiet', 'vm', 'w', NULL);"
        "INSERT INTO night (id, matrix, date, origin, person, started, finished, deadline, definition) VALUES (1, 'm', '2026-11-20', 'nightly', 'klabd', 1, 2, NULL, ''), (2, 'm', '2026-11-21', 'nightly', 'klabd', 3, 4, NULL, ''),"
        " (3, 'm', '2026-11-22', 'nightly', 'klabd', 5, 6, NULL, '');"
        "INSERT INTO night_cell (id, night, cell, position, state, kind, last_good, last_good_failed)"
        " VALUES (1, 1, 1, 0, 'done', 'comparison', NULL, 0), (2, 2, 1, 0, 'done', 'comparison', 1, 0), (3, 3, 1, 0, 'lab error', 'comparison', 2, 1);");
  }
  auto opened = Database::open(path);
  REQUIRE(opened.has_value());
  auto& db = opened->connection();
  BootStore boots(*opened);
  const auto samples = boots.samples(1).value();
  REQUIRE(samples.size() == 3);
  CHECK(samples[0].case_name == "c");
  CHECK(samples[0].warmup);
  CHECK(samples[0].value == 1.5);
  CHECK(samples[2].case_name == "d");
  CHECK(boots.summaries(1).value().at(1).value == 3.0);
  CHECK(boots.facts(1).value().at(1).text == "preempt");
  CHECK(boots.console(1).value() == std::string("log\0\xff", 5));
  CHECK(boots.reproduce(1).value() == "#!/bin/sh");
  CHECK(boots.guest_facts(1).value().at("release") == "6.12");
  const auto build = BuildStore(*opened).get(1).value();
  CHECK(build.log == "make");
  CHECK(build.config == "CONFIG_X=y");
  const auto plan = ExperimentStore(*opened).get(1).value().plan;
  CHECK(plan.series.at(0).patches.at(0).mail == "mail");
  CHECK(plan.series.at(0).answered.sender.empty());  // which was not kept then
  CHECK(plan.series.at(0).answered.recipients.empty());
  CHECK(plan.arms.at(0).kconfig.fragments.at(0).text == "CONFIG_SMP=y");
  // The second night's kernel failed as last good of the third.
  CHECK(NightStore(*opened).last_good(1, 0).value()->id == 1);
  CHECK(NightStore(*opened).given_up_during(3).value() == 1);
  // Whose command line was that of the configuration, whatever it said.
  CHECK(NightStore(*opened).cell(1)->by_default);
  CHECK_FALSE(NightStore(*opened).cell(2)->by_default);
  // What people type into sqlite3.
  CHECK(db.execAndGet("SELECT count(*) FROM sample JOIN boot ON boot.id = boot WHERE outcome = 'ok'").getInt() == 3);
  CHECK(db.execAndGet("SELECT group_concat(value, ' ') FROM sample WHERE boot = 1 AND metric = 'p50'").getString() == "1.5 2.5 3.0");
  CHECK(db.execAndGet("SELECT count(*) FROM pragma_foreign_key_check").getInt() == 0);
  // Counted before and after are the same totals.
  CHECK(db.execAndGet("SELECT number || ' ' || seconds || ' ' || within_30 || ' ' || within_60 FROM boot_total"
                      " WHERE machine = 'vm' AND outcome = 'ok'").getString() == "1 40.0 0 1");
  CHECK(db.execAndGet("SELECT number FROM sample_total").getInt() == 3);
  CHECK(db.execAndGet("SELECT outcome || number FROM experiment_total").getString() == "ok1");
  // The boot that is profiled is still refused its numbers.
  db.exec("INSERT INTO boot (id, slot, attempt, started, case_seed, nonce) VALUES (3, 3, 1, 1, 1, 'n')");
  CHECK_THROWS_WITH(db.exec("INSERT INTO sample_value VALUES (3, 1, 1, 0, 1.0)"), "a boot that is profiled is not measured");
  CHECK_THROWS_WITH(db.exec("INSERT INTO summary_value VALUES (3, 1, 1.0, 1)"), "a boot that is profiled is not measured");
}

TEST_CASE("store: what ends is counted by machine, outcome and length") {
  Fixture f;
  ExperimentStore experiments(f.database);
  BootStore boots(f.database);
  ExperimentPlan plan;
  plan.title = "t";
  plan.arms.resize(2);
  plan.arms[0].label = "a";
  plan.arms[1].label = "b";
  for (auto& arm : plan.arms) arm.machine = "host1";
  plan.boots = 2;
  const auto id = experiments.add(plan, 1.0).value();
  const auto arms = experiments.get(id).value().arms;
  REQUIRE(boots.add_slots(id, {arms[0].id, arms[1].id, arms[0].id}).has_value());
  const auto slots = boots.slots(id).value();
  for (std::size_t i = 0; i < 3; ++i) {
    BootStart start;
    start.slot = slots[i].id;
    start.started = 100.0;
    const auto boot = boots.start(start).value();
    BootEnd end;
    end.outcome = i == 2 ? Outcome::hung : Outcome::ok;
    end.finished = 100.0 + 45.0 * static_cast<double>(i + 1);
    end.samples = {{"w", "c", "m", 1, false, 1.0}, {"w", "c", "m", 2, false, 2.0}};
    REQUIRE(boots.finish(boot, end).has_value());
    REQUIRE(boots.finish(boot, end).has_value());  // it has ended, and counts once
  }
  CHECK(f.db.execAndGet("SELECT number || ' ' || seconds || ' ' || within_30 || ' ' || within_60 || ' ' || within_120"
                        " FROM boot_total WHERE machine = 'host1' AND outcome = 'ok'").getString() == "2 135.0 0 1 2");
  CHECK(f.number("SELECT number FROM boot_total WHERE outcome = 'hung'") == 1);
  CHECK(f.number("SELECT number FROM sample_total") == 6);
  REQUIRE(experiments.set_state(id, ExperimentState::measuring).has_value());
  auto totals = TotalStore(f.database).read();
  REQUIRE(totals.has_value());
  CHECK(totals->boots_waiting == 1);  // four are planned, three have a result
  CHECK(totals->experiments.at("measuring") == 1);
  CHECK(totals->samples == 6);
  CHECK(totals->boots.size() == 2);
  REQUIRE(experiments.finish(id, Outcome::ok, "", "", 200.0).has_value());
  REQUIRE(experiments.finish(id, Outcome::ok, "", "", 201.0).has_value());
  CHECK(f.number("SELECT number FROM experiment_total WHERE outcome = 'ok'") == 1);
}
