// SPDX-License-Identifier: GPL-3.0-or-later
// gc once a day: what it could not do whole it does again, but not at once.
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <catch2/catch.hpp>

#include "build/cache_lock.hpp"
#include "pipeline/gc.hpp"
#include "tests/schedule/cheap_lab.hpp"

using namespace klab;
using namespace klab::test;
namespace fs = std::filesystem;

namespace {

// klabd's gc under a clock that the test sets; what it warns of is in `words`.
struct Daily {
  Daily() {
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(words);
    sink->set_pattern("%v");
    sink->set_level(spdlog::level::warn);
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("daily", sink));
    lab.config.gc.daily = true;
    daemon.emplace(lab, database);
    daemon->lab.now = [this] {
      ++looks;
      return clock;
    };
    gc.emplace(daemon->lab, database);
    auto running = gc->run([] { return false; }, stop.get_token());
    boost::asio::co_spawn(daemon->reactor, std::move(running), [this](std::exception_ptr thrown, Result<void> result) {
      CHECK_FALSE(thrown);
      CHECK(result.has_value());
      ended = true;
    });
  }
  ~Daily() {
    stop.request_stop();
    turn([this] { return ended; });
    spdlog::set_default_logger(logger);
  }
  bool turn(const std::function<bool()>& enough) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!enough() && std::chrono::steady_clock::now() < until) {
      daemon->bell.ring();
      daemon->reactor.run_one_for(std::chrono::milliseconds(20));
    }
    return enough();
  }
  // Until it has tried, if it is to try at all: it asks for the time before, in each try, and when it looks again.
  void look() {
    const int before = looks;
    REQUIRE(turn([&] { return looks >= before + 3; }));
  }
  fs::path image(const std::string& name) {
    const auto path = lab.config.state / "boots" / name;
    write(path, "x");
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(24 * 400));
    return path;
  }
  fs::path kernel() {
    const auto path = lab.config.cache / "kernels" / std::string(64, 'a');
    write(path / "manifest.json", "{}");
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(24 * 400));
    return path;
  }
  bool stamped() const { return fs::exists(lab.config.state / "gc.done"); }

  std::shared_ptr<spdlog::logger> logger = spdlog::default_logger();
  std::ostringstream words;
  TemporaryDirectory directory = scratch();
  CheapLab lab{directory.path()};
  Database database = Database::open(lab.config.database()).value();
  std::optional<CheapDaemon> daemon;
  std::optional<Gc> gc;
  std::stop_source stop;
  double clock = CheapDaemon::now();
  int looks = 0;
  bool ended = false;
};

}  // namespace

TEST_CASE("daily gc: where a kernel is being built it tries again after a while, and says once why") {
  Daily p;
  const auto kernel = p.kernel(), first = p.image("1-1.cpio");
  auto lock = try_lock_cache(p.lab.config.cache);
  REQUIRE(lock.value().has_value());
  p.look();
  CHECK(fs::exists(kernel));
  CHECK_FALSE(fs::exists(first));
  CHECK_FALSE(p.stamped());
  // Not at once.
  const auto second = p.image("2-1.cpio");
  p.clock += 599.0;
  p.look();
  CHECK(fs::exists(second));
  p.clock += 2.0;
  p.look();
  CHECK_FALSE(fs::exists(second));
  CHECK(fs::exists(kernel));
  CHECK_FALSE(p.stamped());
  CHECK(p.words.str() == "gc: the cache is left alone, because a kernel is being built; try again later\n");
  lock.value()->reset();
  p.clock += 601.0;
  p.look();
  CHECK_FALSE(fs::exists(kernel));
  CHECK(p.stamped());
  // That was all for today.
  const auto third = p.image("3-1.cpio");
  p.clock += 80'000.0;
  p.look();
  CHECK(fs::exists(third));
  p.clock += 6'401.0;
  p.look();
  CHECK_FALSE(fs::exists(third));
}

TEST_CASE("daily gc: after a failure it waits longer") {
  Daily p;
  const auto kernel = p.kernel();
  write(p.lab.config.cache / "discarded", "a file where a directory has to be");
  p.look();
  CHECK(fs::exists(kernel));
  CHECK_FALSE(p.stamped());
  CHECK(p.words.str() ==
        fmt::format("gc: cannot create directory \"{}\": Not a directory\n", (p.lab.config.cache / "discarded").string()));
  fs::remove(p.lab.config.cache / "discarded");
  p.clock += 3'599.0;
  p.look();
  CHECK(fs::exists(kernel));
  p.clock += 2.0;
  p.look();
  CHECK_FALSE(fs::exists(kernel));
  CHECK(p.stamped());
}
