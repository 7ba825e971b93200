// SPDX-License-Identifier: GPL-3.0-or-later
// What gc frees, and what it leaves.
#include "pipeline/gc.hpp"

#include <spdlog/spdlog.h>

#include <catch2/catch.hpp>

#include "build/cache_lock.hpp"
#include "pipeline/gc_entries.hpp"
#include "pipeline/plan.hpp"
#include "tests/schedule/cheap_lab.hpp"

using namespace klab;
using namespace klab::test;
namespace fs = std::filesystem;

namespace {

constexpr double day = 86400.0;

std::string key(char c) { return std::string(64, c); }

struct Place {
  Place() : lab(directory.path()) {
    spdlog::set_level(spdlog::level::off);
    daemon.emplace(lab, database);
  }
  fs::path cache() const { return lab.config.cache; }
  // A file or a directory with a file, last used so many days ago.
  void put(const fs::path& path, double days, const std::string& text = "x") {
    const bool file = path.has_extension();
    write(file ? path : path / "manifest.json", text);
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::seconds(static_cast<long>(days * day)));
  }
  void kernel(char c, double days, const std::string& over = "") {
    put(cache() / "layers/overlay" / key(c), days);
    put(cache() / "kernels" / key(c), days,
        fmt::format(R"({{"key":"{}","facts":{{"commit":"{}","baseline":"{}"}},"files":{{}}}})", key(c), std::string(40, c), over));
  }
  GcResult collect(GcRequest request, std::function<bool()> go_on = {}) {
    Gc gc(daemon->lab, database);
    std::optional<GcResult> result;
    daemon->reactor.restart();
    auto collecting = gc.collect(request, std::move(go_on));
    boost::asio::co_spawn(daemon->reactor, std::move(collecting), [&](std::exception_ptr thrown, Result<GcResult> done) {
      REQUIRE_FALSE(thrown);
      REQUIRE(done.has_value());
      result = std::move(*done);
    });
    daemon->reactor.run();
    return *result;
  }
  static GcKind kind(const GcResult& result, const std::string& name) {
    for (const auto& kind : result.kinds)
      if (kind.kind == name) return kind;
    return {};
  }

  TemporaryDirectory directory = scratch();
  CheapLab lab;
  Database database = Database::open(lab.config.database()).value();
  std::optional<CheapDaemon> daemon;
};

GcEntry entry(const std::string& kind, double days, std::uint64_t bytes, bool needed = false) {
  return {kind, {}, 1e9 - days * day, bytes, needed};
}

}  // namespace

TEST_CASE("gc: by age, then by size the oldest first; never what is needed or was used within a day") {
  const std::vector<GcEntry> entries{entry("kernels", 40, 10), entry("kernels", 40, 10, true), entry("modules", 20, 10), entry("images", 10, 10),
                                     entry("kernels", 0.5, 10), entry("job images", 20, 100), entry("job images", 5, 100)};
  GcRequest request;
  CHECK(choose_for_gc(entries, request, 1e9) == std::vector<bool>{true, false, false, false, false, false, false});
  request.cache_size = 30;
  CHECK(choose_for_gc(entries, request, 1e9) == std::vector<bool>{true, false, true, false, false, false, false});
  request.cache_size = 1;
  request.boots_size = 100;
  CHECK(choose_for_gc(entries, request, 1e9) == std::vector<bool>{true, false, true, true, false, true, false});
}

TEST_CASE("gc: a limit of 0 leaves nothing but what is needed or was used within a day") {
  const std::vector<GcEntry> entries{entry("kernels", 3, 10), entry("kernels", 3, 10, true), entry("programs", 2, 0), entry("kernels", 0.5, 10),
                                     entry("job images", 3, 100), entry("job images", 3, 100, true)};
  GcRequest request;
  CHECK(choose_for_gc(entries, request, 1e9) == std::vector<bool>(6, false));
  request.cache_size = 0;
  CHECK(choose_for_gc(entries, request, 1e9) == std::vector<bool>{true, false, true, false, false, false});
  request.boots_size = 0;
  CHECK(choose_for_gc(entries, request, 1e9) == std::vector<bool>{true, false, true, false, true, false});
}

TEST_CASE("gc: frees what is old with all that belongs to it, says how much, and leaves the rest") {
  Place p;
  p.kernel('a', 40);
  p.kernel('b', 2);
  p.put(p.cache() / "sources" / std::string(40, 'a'), 40);
  p.put(p.cache() / "sources" / (std::string(40, 'a') + ".listing"), 40);
  p.put(p.cache() / "sources" / std::string(40, 'b'), 40);  // old, but of a kernel that is not
  p.put(p.cache() / "images" / (key('c') + ".cpio"), 40, std::string(50'000, 'x'));
  p.put(p.cache() / "images" / (key('c') + ".sha256"), 40);
  p.put(p.cache() / "trees/objects", 400);
  p.put(p.cache() / "kernels/notes", 400);
  p.put(p.cache() / "holiday.jpg", 400);
  p.put(p.lab.config.state / "boots/7-1.cpio", 40, std::string(10'000, 'x'));
  p.put(p.lab.config.state / "boots/8-1.cpio", 3);

  GcRequest request;
  request.dry_run = true;
  const auto planned = p.collect(request);
  CHECK(fs::exists(p.cache() / "kernels" / key('a')));
  request.dry_run = false;
  const auto done = p.collect(request);
  for (const char* name : {"kernels", "object trees", "sources", "images", "job images"}) {
    INFO(name);
    CHECK(Place::kind(done, name).freed.number == 1);
    CHECK(Place::kind(planned, name).freed.bytes == Place::kind(done, name).freed.bytes);
  }
  CHECK(Place::kind(done, "images").freed.bytes >= 50'000);
  CHECK(Place::kind(done, "kernels").kept.number == 1);
  CHECK_FALSE(fs::exists(p.cache() / "kernels" / key('a')));
  CHECK_FALSE(fs::exists(p.cache() / "layers/overlay" / key('a')));
  CHECK_FALSE(fs::exists(p.cache() / "sources" / (std::string(40, 'a') + ".listing")));
  CHECK_FALSE(fs::exists(p.cache() / "images" / (key('c') + ".sha256")));
  CHECK_FALSE(fs::exists(p.lab.config.state / "boots/7-1.cpio"));
  for (const auto& left : {p.cache() / "kernels" / key('b'), p.cache() / "layers/overlay" / key('b'), p.cache() / "sources" / std::string(40, 'b'),
                           p.cache() / "trees/objects", p.cache() / "holiday.jpg", p.lab.config.state / "boots/8-1.cpio"})
    CHECK(fs::exists(left));
  CHECK(done.unknown == std::vector<std::string>{(p.cache() / "kernels/notes").string(), (p.cache() / "holiday.jpg").string()});
  CHECK(fs::is_empty(p.cache() / "discarded"));
}

TEST_CASE("gc: what a kernel was built over is used when the kernel is") {
  Place p;
  p.kernel('a', 400);
  p.kernel('b', 400, key('a'));
  p.kernel('c', 2, key('b'));
  p.kernel('d', 400, key('a'));
  p.kernel('e', 400, key('e'));  // nobody builds that, and nothing loops over it
  for (const char commit : {'a', 'b', 'd'}) p.put(p.cache() / "sources" / std::string(40, commit), 400);
  const auto done = p.collect({});
  for (const char name : {'a', 'b', 'c'}) {
    CHECK(fs::exists(p.cache() / "kernels" / key(name)));
    CHECK(fs::exists(p.cache() / "layers/overlay" / key(name)));
  }
  CHECK(fs::exists(p.cache() / "sources" / std::string(40, 'a')));
  CHECK_FALSE(fs::exists(p.cache() / "sources" / std::string(40, 'd')));
  CHECK(Place::kind(done, "kernels").freed.number == 2);
  CHECK(Place::kind(done, "object trees").freed.number == 2);
}

TEST_CASE("gc: what an experiment that has not ended needs stays, however old") {
  Place p;
  auto plan = make_plan(CheapLab::request(1), p.lab.config, "ada", 5);
  REQUIRE(plan);
  const auto id = p.daemon->experiments.add(*plan, 1.0).value();
  const auto arms = p.daemon->experiments.get(id).value().arms;
  REQUIRE(p.daemon->boots.add_slots(id, {arms[0].id, arms[1].id}).has_value());
  const auto slot = p.daemon->boots.slots(id).value().at(0).id;
  BuildRecord build;
  build.id = p.daemon->builds.start(1.0).value();
  build.key = key('a');
  build.outcome = Outcome::ok;
  build.finished = 2.0;
  REQUIRE(p.daemon->builds.finish(build).has_value());
  REQUIRE(p.daemon->experiments.set_arm_build(arms[0].id, build.id).has_value());
  p.kernel('a', 400);
  p.put(p.lab.config.state / fmt::format("boots/{}-1.cpio", slot), 400);
  GcRequest everything;
  everything.older_than = day;
  const auto kept = p.collect(everything);
  CHECK(Place::kind(kept, "kernels").in_use.number == 1);
  CHECK(Place::kind(kept, "job images").in_use.number == 1);
  CHECK(fs::exists(p.cache() / "kernels" / key('a')));
  CHECK(fs::exists(p.cache() / "layers/overlay" / key('a')));
  REQUIRE(p.daemon->experiments.finish(id, Outcome::ok, "", "", 3.0).has_value());
  const auto done = p.collect(everything);
  CHECK(Place::kind(done, "kernels").freed.number == 1);
  CHECK(Place::kind(done, "job images").freed.number == 1);
}

TEST_CASE("gc: it is broken off before the next thing goes, and what is left goes the next time") {
  Place p;
  const auto images = p.cache() / "images";
  p.put(images / (key('a') + ".cpio"), 400);
  p.put(images / (key('b') + ".cpio"), 300);
  p.put(p.lab.config.state / "boots/7-1.cpio", 400);
  int asked = 0;
  const auto begun = p.collect({}, [&] { return ++asked == 1; });
  CHECK(asked == 2);
  CHECK(begun.broken_off);
  CHECK_FALSE(begun.whole());
  const auto left = [&] {
    return fs::exists(images / (key('a') + ".cpio")) + fs::exists(images / (key('b') + ".cpio")) +
           fs::exists(p.lab.config.state / "boots/7-1.cpio");
  };
  CHECK(left() == 2);
  CHECK(Place::kind(begun, "job images").kept.number == 1);
  const auto done = p.collect({}, [] { return true; });
  CHECK(done.whole());
  CHECK(left() == 0);
}

TEST_CASE("gc: what the newest comparison of a place needs stays, whatever A/A nights came after it") {
  Place p;
  auto& nights = p.daemon->nights;
  Cell cell;
  cell.matrix = "m";
  cell.label = "a";
  cell.tree = "tree";
  cell.machine = "vm";
  cell.workload = "tiny";
  Night night;
  night.matrix = "m";
  night.date = "2026-11-21";
  night.started = 1.0;
  const auto add = [&](CellKind kind, char c, std::optional<std::int64_t> last_good) {
    const auto id = nights.begin(night, {cell}).value();
    auto tonight = nights.night_cells(id)->front();
    tonight.last_good = last_good;
    auto plan = make_plan(CheapLab::request(1), p.lab.config, "klabd", 5);
    REQUIRE(plan);
    const auto experiment = nights.submit(tonight, *plan, 1.0).value();
    tonight.kind = kind;
    tonight.state = CellState::done;
    REQUIRE(nights.update(tonight).has_value());
    BuildRecord build;
    build.id = p.daemon->builds.start(1.0).value();
    build.key = key(c);
    build.outcome = Outcome::ok;
    build.finished = 2.0;
    REQUIRE(p.daemon->builds.finish(build).has_value());
    REQUIRE(p.daemon->experiments.set_arm_build(p.daemon->experiments.get(experiment)->arms[0].id, build.id).has_value());
    REQUIRE(p.daemon->experiments.finish(experiment, Outcome::ok, "", "", 3.0).has_value());
    return tonight.id;
  };
  add(CellKind::comparison, 'a', std::nullopt);
  const auto good = add(CellKind::comparison, 'b', std::nullopt);
  add(CellKind::comparison, 'c', good);
  add(CellKind::aa, 'd', std::nullopt);
  CHECK(gc_needs(p.database)->kernels == std::set<std::string>{key('b'), key('c'), key('d')});
}

TEST_CASE("gc: while somebody builds the cache is left alone, and that is said") {
  Place p;
  p.kernel('a', 400);
  p.put(p.lab.config.state / "boots/7-1.cpio", 400);
  auto lock = try_lock_cache(p.cache());
  REQUIRE(lock.value().has_value());
  const auto done = p.collect({});
  CHECK(done.notes == std::vector<std::string>{"the cache is left alone, because a kernel is being built; try again later"});
  CHECK(done.left_alone);
  CHECK_FALSE(done.whole());
  CHECK(fs::exists(p.cache() / "kernels" / key('a')));
  CHECK_FALSE(fs::exists(p.lab.config.state / "boots/7-1.cpio"));
}

TEST_CASE("gc: what cannot be removed is said, and goes the next time") {
  Place p;
  const auto image = p.cache() / "images" / (key('a') + ".cpio");
  p.put(image, 400);
  write(p.cache() / "discarded", "a file where a directory has to be");
  const auto done = p.collect({});
  CHECK(done.notes == std::vector<std::string>{fmt::format("cannot create directory \"{}\": Not a directory", (p.cache() / "discarded").string())});
  CHECK(done.failed);
  CHECK_FALSE(done.whole());
  CHECK(Place::kind(done, "images").freed.number == 0);
  CHECK(fs::exists(image));
  fs::remove(p.cache() / "discarded");
  CHECK(p.collect({}).whole());
  CHECK_FALSE(fs::exists(image));
}
