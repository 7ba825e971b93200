// SPDX-License-Identifier: GPL-3.0-or-later
// kill -9 at random points of whole experiments, and what must be true after each of them.
//   KLAB_KILLS=200 KLAB_KILL_SEED=7 test_schedule "power cut*"
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <set>

#include "machine/supervisor.hpp"
#include "pipeline/plan.hpp"
#include "store/statement.hpp"
#include "tests/schedule/cheap_lab.hpp"
#include "util/hash.hpp"
#include "util/random.hpp"
#include "util/text.hpp"

using namespace klab;
using namespace klab::test;

namespace {

// Seen by the test and by the life that is killed.
struct Shared {
  std::atomic<pid_t> worker;
  std::atomic<long> rows;   // row changes in the database that are still allowed; 0 is death
  std::atomic<long> steps;  // steps of the machine likewise
};

void die_at_zero(std::atomic<long>& left) {
  if (left.fetch_sub(1) == 1) ::kill(::getpid(), SIGKILL);
}

// One life of the daemon; never returns into the test. The journal has a line for each start of the machine.
[[noreturn]] void live(const CheapLab& place, Shared& shared, const std::filesystem::path& journal) {
  spdlog::set_level(spdlog::level::off);
  run_supervised();
  shared.worker = ::getpid();
  auto database = Database::open(place.config.database());
  if (!database) ::_exit(10);
  auto* handle = database->connection().getHandle();
  ::sqlite3_update_hook(
      handle, [](void* s, int, const char*, const char*, sqlite3_int64) { die_at_zero(static_cast<Shared*>(s)->rows); }, &shared);
  CheapDaemon daemon(place, *database);
  const auto behaviour = [&](const std::string& machine) {
    auto row = statement(database->connection(),
                         "SELECT nonce, slot, slot.profile, slot.experiment FROM boot JOIN slot ON slot = slot.id"
                         " WHERE outcome IS NULL AND machine = ?",
                         machine);
    if (!row.executeStep()) ::_exit(11);
    if (machine != "vm") {
      auto lease = statement(database->connection(), "SELECT experiment FROM lease WHERE host = ?", machine);
      if (!lease.executeStep() || lease.getColumn(0).getInt64() != row.getColumn(3).getInt64()) ::_exit(13);
    }
    std::ofstream(journal, std::ios::app) << row.getColumn(1).getInt64() << std::endl;
    die_at_zero(shared.steps);
    FakeBoot boot;
    boot.console("[    0.000000] Linux version 9.9 (klab@klab)\nklab: init\nklab: runner start\n")
        .results(tiny_results(row.getColumn(0).getString(), 100.0 + static_cast<double>(row.getColumn(1).getInt64()),
                              row.getColumn(2).getInt() != 0))
        .ends(PowerEnd::powered_off);
    return boot;
  };
  daemon.machine->behaviour = [&](const BootSpec&) { return behaviour("vm"); };
  daemon.machine->on_power_off = [&](const BootSpec&) { die_at_zero(shared.steps); };
  for (auto& [name, host] : daemon.bare) {
    host->behaviour = [&, name = name](const BootSpec&) { return behaviour(name); };
    host->on_end_use = [&] { die_at_zero(shared.steps); };
  }
  auto done = daemon.work();
  ::_exit(done ? 0 : 12);
}

// Everything below this process is killed and reaped, so that the next life begins on a machine at rest.
void kill_rest() {
  for (;;) {
    std::ifstream children("/proc/self/task/" + std::to_string(::getpid()) + "/children");
    for (pid_t child; children >> child;) ::kill(child, SIGKILL);
    if (::waitpid(-1, nullptr, 0) < 0 && errno == ECHILD) return;
  }
}

struct Truth {
  std::map<std::int64_t, std::string> finished;  // boot -> digest of all that was committed with it
  std::set<std::int64_t> filled;                 // slots that have a result
};

std::string text_of(SQLite::Database& db, const char* sql) {
  SQLite::Statement row(db, sql);
  std::string out;
  while (row.executeStep()) {
    for (int i = 0; i < row.getColumnCount(); ++i) out += row.getColumn(i).getString() + "|";
    out += "\n";
  }
  return out;
}

// What must hold at any instant, and what is finished now.
Truth examine(const Config& config) {
  auto opened = Database::open(config.database());
  REQUIRE(opened);
  auto& db = opened->connection();
  CHECK(text_of(db, "PRAGMA integrity_check") == "ok|\n");
  CHECK(text_of(db, "PRAGMA foreign_key_check").empty());
  CHECK(text_of(db, "SELECT slot FROM boot WHERE outcome = 'ok' GROUP BY slot HAVING count(*) > 1").empty());
  CHECK(text_of(db, "SELECT boot.id FROM boot JOIN slot ON slot = slot.id WHERE outcome = 'ok' AND NOT profile AND"
                    " ((SELECT count(*) FROM sample WHERE boot = boot.id) <> 3"
                    " OR (SELECT count(*) FROM summary WHERE boot = boot.id) <> 1)")
            .empty());
  CHECK(text_of(db, "SELECT boot.id FROM boot JOIN slot ON slot = slot.id WHERE outcome = 'ok' AND slot.profile AND"
                    " (SELECT count(*) FROM profile_symbol WHERE boot = boot.id) <> 1")
            .empty());
  CHECK(text_of(db, "SELECT profile.boot FROM profile JOIN boot ON boot.id = boot WHERE outcome IS NULL OR outcome <> 'ok'").empty());
  CHECK(text_of(db, "SELECT sample.boot FROM sample JOIN boot ON boot.id = boot WHERE outcome IS NULL OR outcome <> 'ok'").empty());
  CHECK(text_of(db, "SELECT outcome FROM boot WHERE outcome NOT IN ('ok', 'interrupted')").empty());
  CHECK(text_of(db, "SELECT machine FROM boot WHERE outcome IS NULL GROUP BY machine HAVING count(*) > 1").empty());
  // Nobody is to blame for a power cut, and nobody moves for it once he has measured.
  CHECK(text_of(db, "SELECT host FROM quarantine").empty());
  CHECK(text_of(db, "SELECT experiment FROM boot JOIN slot ON slot = slot.id WHERE outcome = 'ok' GROUP BY experiment"
                    " HAVING count(DISTINCT boot.machine) > 1")
            .empty());
  Truth truth;
  SQLite::Statement row(db,
                        "SELECT boot.id, slot, attempt, nonce, title, console,"
                        " coalesce((SELECT group_concat(value, ' ') FROM sample WHERE boot = boot.id),"
                        "          (SELECT group_concat(symbol || samples, ' ') FROM profile_symbol WHERE boot = boot.id))"
                        " FROM boot WHERE outcome = 'ok'");
  while (row.executeStep()) {
    FieldHash hash;
    for (int i = 1; i < 7; ++i) hash.add(std::to_string(i), row.getColumn(i).getString());
    truth.finished[row.getColumn(0).getInt64()] = hash.hex();
    truth.filled.insert(row.getColumn(1).getInt64());
  }
  return truth;
}

std::vector<std::int64_t> started_slots(const std::filesystem::path& journal) {
  std::vector<std::int64_t> slots;
  std::ifstream lines(journal);
  for (std::int64_t slot; lines >> slot;) slots.push_back(slot);
  return slots;
}

// On guests, on one host, and on any of two.
void submit(const CheapLab& place, int boots, std::uint64_t seed) {
  auto database = Database::open(place.config.database());
  REQUIRE(database);
  ExperimentStore experiments(*database);
  for (const char* machine : {"vm", "pool=small", "host1"}) {
    auto request = CheapLab::request(machine == std::string("vm") ? boots : boots / 2, machine);
    // The second of them, by which the others are timed, has one.
    request.profile = seed % 2 == 0 && machine == std::string("vm");
    auto plan = make_plan(request, place.config, "ada", seed);
    REQUIRE(plan);
    REQUIRE(experiments.add(*plan, 1.0));
  }
}

bool all_done(const CheapLab& place) {
  auto database = Database::open(place.config.database());
  REQUIRE(database);
  ExperimentStore experiments(*database);
  auto waiting = experiments.unfinished();
  REQUIRE(waiting);
  return waiting->empty();
}

double seconds_now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// Starts a life and waits for its end; kills it after `delay` seconds where that is not negative, the
// supervisor with it where `everything` says so. Gives its exit status, or -1 where it was killed.
int one_life(const CheapLab& place, Shared& shared, const std::filesystem::path& journal, double delay, bool everything) {
  shared.worker = 0;
  const pid_t child = ::fork();
  if (child == 0) live(place, shared, journal);
  if (delay >= 0) {
    // The wait is the test: death comes from outside, at any instant.
    const auto whole = static_cast<time_t>(delay);
    const timespec wait{whole, static_cast<long>((delay - static_cast<double>(whole)) * 1e9)};
    ::nanosleep(&wait, nullptr);
    if (everything) ::kill(child, SIGKILL);
    if (const pid_t worker = shared.worker) ::kill(worker, SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  kill_rest();
  return WIFEXITED(status) && WEXITSTATUS(status) < 128 ? WEXITSTATUS(status) : -1;
}

long setting(const char* name, long otherwise) {
  const char* text = std::getenv(name);
  return text ? std::atol(text) : otherwise;
}

}  // namespace

TEST_CASE("power cut: whatever the instant, finished boots stay, none runs twice, all end well") {
  const auto kills = setting("KLAB_KILLS", 30);
  const auto seed = static_cast<std::uint64_t>(setting("KLAB_KILL_SEED", static_cast<long>(entropy_seed() % 1000000)));
  INFO("KLAB_KILL_SEED=" << seed);
  auto directory = scratch();
  CheapLab place(directory.path());
  place.add_host("host1", {"pool=small"});
  place.add_host("host2", {"pool=small"});
  const auto journal = directory.path() / "journal";
  auto* shared = static_cast<Shared*>(
      ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  REQUIRE(shared != MAP_FAILED);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);

  // A life that nobody cuts short fills the caches and shows how long one is.
  submit(place, 4, 1);
  shared->rows = shared->steps = 0;
  REQUIRE(one_life(place, *shared, journal, -1, false) == 0);
  submit(place, 4, 2);
  const double begun = seconds_now();
  REQUIRE(one_life(place, *shared, journal, -1, false) == 0);
  const double length = seconds_now() - begun;

  Random random(seed);
  Truth before = examine(place.config);
  REQUIRE(before.filled.size() == 34);
  long killed = 0;
  std::map<std::string, long> by_way;
  for (long life = 0; killed < kills; ++life) {
    REQUIRE(life < kills * 20);
    if (all_done(place)) submit(place, 4, 3 + static_cast<std::uint64_t>(life));
    const auto way = random.below(4);
    shared->rows = way == 0 ? static_cast<long>(random.below(60)) + 1 : 0;
    shared->steps = way == 1 ? static_cast<long>(random.below(8)) + 1 : 0;
    const double delay = way < 2 ? -1.0 : length * static_cast<double>(random.below(1000)) / 1000.0;
    const auto starts = started_slots(journal).size();
    const int status = one_life(place, *shared, journal, delay, way == 3);
    INFO("life " << life << ", way " << way << ", delay " << delay << " s, status " << status);
    REQUIRE(status <= 0);
    if (status < 0) {
      ++killed;
      ++by_way[way == 0 ? "in a transaction" : way == 1 ? "in a boot" : way == 2 ? "worker, any time" : "all, any time"];
    }

    const Truth after = examine(place.config);
    for (const auto& [boot, digest] : before.finished) {
      INFO("boot " << boot);
      REQUIRE(after.finished.count(boot) == 1);
      REQUIRE(after.finished.at(boot) == digest);
    }
    const auto slots = started_slots(journal);
    for (std::size_t i = starts; i < slots.size(); ++i) {
      INFO("slot " << slots[i]);
      REQUIRE(before.filled.count(slots[i]) == 0);
    }
    before = after;
  }
  shared->rows = shared->steps = 0;
  REQUIRE(one_life(place, *shared, journal, -1, false) == 0);
  examine(place.config);

  auto database = Database::open(place.config.database());
  REQUIRE(database);
  auto& db = database->connection();
  CHECK(text_of(db, "SELECT id FROM experiment WHERE outcome IS NOT 'ok'").empty());
  CHECK(text_of(db, "SELECT id FROM slot WHERE NOT EXISTS (SELECT 1 FROM boot WHERE slot = slot.id AND outcome = 'ok')").empty());
  CHECK(text_of(db, "SELECT id FROM boot WHERE outcome IS NULL").empty());
  CHECK(text_of(db, "SELECT id FROM build WHERE outcome IS NULL").empty());
  CHECK(text_of(db, "SELECT host FROM lease").empty());
  // Nothing of a boot that was cut short stays behind, neither here nor in the cache.
  std::size_t images = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(place.config.state / "boots")) ++images;
  CHECK(std::to_string(images) + "|\n" == text_of(db, "SELECT count(*) FROM slot"));
  CHECK(shell("find . -name '.*-*' -o -path './building/*' -o -name 'making-*' | head", place.config.cache).empty());
  CHECK(shell("grep -F " + directory.path().string() + " /proc/mounts || true", "/").empty());
  std::string ways;
  for (const auto& [way, count] : by_way) ways += fmt::format("{} {}, ", count, way);
  WARN("killed " << killed << " times (" << ways << "interrupted boots " << trim(text_of(db, "SELECT count(*) FROM boot WHERE outcome = 'interrupted'")) << ")");
  ::munmap(shared, sizeof(Shared));
}
