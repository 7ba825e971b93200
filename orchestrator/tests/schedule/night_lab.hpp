// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <spdlog/spdlog.h>

#include <charconv>
#include <cmath>
#include <set>

#include "pipeline/plan.hpp"
#include "pipeline/report_data.hpp"
#include "pipeline/night_points.hpp"
#include "schedule/nights.hpp"
#include "schedule/trend_watch.hpp"
#include "store/statement.hpp"
#include "tests/schedule/cheap_lab.hpp"
#include "util/random.hpp"
#include "util/text.hpp"

namespace klab::test {

// What the machine of a NightLab is like.
struct Weather {
  double sd = 0.025;      // from boot to boot, of the logarithm
  double host = 1.0;      // factor of everything that runs there
  std::string microcode = "0x1";
  std::set<std::string> broken;  // speeds at which a kernel does not come up
  std::string ghost;             // a speed that is measured as `haunted` times what it is
  double haunted = 1.0;
  int trips = 0;  // so many of the next boots crash
};

// A lab on a tree whose kernels say how fast they are: a boot takes what the file kernel/speed.c of its image says,
// times the host, times noise. Database, trees, builds, queue and what watches the trends are klabd's; each night is a
// life of the daemon of its own.
class NightLab {
 public:
  explicit NightLab(std::uint64_t seed) : random_(seed) {
    spdlog::set_level(spdlog::level::off);
    commit(100.0, "begin");
  }

  std::filesystem::path tree() const { return directory_.path() / "tree"; }
  // A commit that makes the kernel take `speed`, or, at the same speed, one that changes nothing of it.
  std::string commit(double speed, const std::string& subject) {
    ++commits_;
    write(tree() / "kernel/speed.c", fmt::format("speed {}\n", speed));
    write(tree() / "kernel/count.c", fmt::format("commit {}\n", commits_));
    return shell("git add -f -A && git commit -q -m '" + subject + "' && git rev-parse HEAD", tree()).substr(0, 40);
  }

  struct Life {
    Life(NightLab& lab)
        : daemon(lab.lab, lab.database),
          watch(daemon.lab, daemon.queue),
          nightly(daemon.lab, daemon.queue, daemon.reactor.get_executor(), [&lab] { return ++lab.seeds_; }),
          lab_(lab) {
      daemon.lab.now = [&lab] { return lab.clock(); };
      daemon.lab.seed = [&lab] { return ++lab.seeds_; };
      daemon.machine->behaviour = [this](const BootSpec& spec) { return lab_.boot(spec); };
      daemon.machine->host = HostFingerprint{{{"cpu", "fake"}, {"cpus", "2"}, {"microcode", lab_.weather.microcode}}};
    }
    // Until there is nothing left to do, or as many experiments as that have been submitted.
    void settle(std::size_t experiments = 1000000) {
      std::stop_source stop;
      Result<void> queued, watched, slept;
      auto idle = [](Life& self, std::stop_source source, std::size_t most) -> boost::asio::awaitable<void> {
        for (;;) {
          const auto heard = self.daemon.bell.rings();
          if (self.over_ || self.idle() || self.daemon.experiments.list(1000000)->size() >= most) break;
          co_await self.daemon.bell.wait(heard, std::chrono::milliseconds(100), {});
        }
        source.request_stop();
      };
      auto waiting = idle(*this, stop, experiments);
      auto running = daemon.queue.run(stop.get_token());
      auto watching = watch.run(stop.get_token());
      auto sleeping = nightly.run(stop.get_token());
      boost::asio::co_spawn(daemon.reactor, std::move(waiting), [](std::exception_ptr) {});
      boost::asio::co_spawn(daemon.reactor, std::move(sleeping), [&](std::exception_ptr thrown, Result<void> result) {
        slept = thrown ? Result<void>(lab_error("an exception")) : std::move(result);
      });
      boost::asio::co_spawn(daemon.reactor, std::move(running), [&](std::exception_ptr thrown, Result<void> result) {
        queued = thrown ? Result<void>(lab_error("an exception")) : std::move(result);
      });
      boost::asio::co_spawn(daemon.reactor, std::move(watching), [&](std::exception_ptr thrown, Result<void> result) {
        watched = std::move(result);
        try {
          if (thrown) std::rethrow_exception(thrown);
        } catch (const std::exception& e) {
          watched = lab_error("{}", e.what());
        }
        over_ = true;
      });
      daemon.reactor.restart();
      daemon.reactor.run();
      REQUIRE(queued);
      REQUIRE(watched);
      REQUIRE(slept);
    }
    // So many handlers of a daemon that then is no more.
    void cut_after(std::uint64_t handlers) {
      std::stop_source never;
      auto running = daemon.queue.run(never.get_token());
      auto watching = watch.run(never.get_token());
      boost::asio::co_spawn(daemon.reactor, std::move(running), [](std::exception_ptr, Result<void>) {});
      boost::asio::co_spawn(daemon.reactor, std::move(watching), [](std::exception_ptr, Result<void>) {});
      daemon.reactor.restart();
      for (std::uint64_t i = 0; i < handlers && !idle(); ++i) daemon.reactor.run_one_for(std::chrono::seconds(5));
      daemon.reactor.stop();
    }
    // A night by hand, as klab matrix run does it.
    std::int64_t begin() {
      std::optional<Result<std::int64_t>> id;
      auto begun = nightly.start("quarter", "ada", std::nullopt);
      boost::asio::co_spawn(daemon.reactor, std::move(begun), [&](std::exception_ptr thrown, Result<std::int64_t> result) {
        id = thrown ? Result<std::int64_t>(lab_error("an exception")) : std::move(result);
      });
      while (!id && daemon.reactor.run_one()) {
      }
      REQUIRE(*id);
      return **id;
    }
    bool idle() {
      auto& trends = daemon.trends;
      return daemon.experiments.unfinished()->empty() && trends.unseen()->empty() && trends.without_points()->empty() &&
             trends.unanalysed()->empty() && trends.open_investigations()->empty() && daemon.nights.unfinished()->empty();
    }
    CheapDaemon daemon;
    TrendWatch watch;
    Nights nightly;
    NightLab& lab_;
    bool over_ = false;
  };

  // A night of klabd's own, on a date, with all that follows from it.
  NightCell whole_night(const std::string& date) {
    day_ = parse_local_time(date + " 02:00").value();
    begun_ = CheapDaemon::now();
    lab.config.matrices_directory = directory_.path() / "matrices";
    lab.config.defaults.boots = boots;
    write(lab.config.matrices_directory / "quarter.toml",
          fmt::format("[[source]]\ntree = \"tree\"\nrefs = [\"HEAD\"]\n[reference]\ntree = \"tree\"\nref = \"{}\"\n", reference));
    Life life(*this);
    const auto id = life.begin();
    life.settle();
    CHECK(life.daemon.nights.night(id)->date == date);
    return life.daemon.nights.night_cells(id)->front();
  }
  // Seconds since the epoch in the lab's time.
  double clock() const { return day_ + CheapDaemon::now() - begun_; }

  // The same by rows, and nothing follows before settle(): HEAD against the pinned reference and last good. Gives the night's cell.
  NightCell night(const std::string& date) {
    Life life(*this);
    auto& nights = life.daemon.nights;
    Night night;
    night.matrix = "quarter";
    night.date = date;
    night.started = 1.0;
    Cell cell;
    cell.matrix = "quarter";
    cell.label = "tree-vm";
    cell.tree = "tree";
    cell.kconfig = "lab";
    cell.machine = "vm";
    cell.workload = "tiny";
    const auto id = nights.begin(night, {cell}).value();
    auto tonight = nights.night_cells(id)->front();
    tonight.commit = head();
    tonight.reference_commit = reference;
    const auto good = nights.last_good(tonight.cell, id).value();
    if (good) tonight.last_good = good->id;
    auto request = request_of(tonight, good);
    auto plan = make_plan(request, lab.config, "klabd", 1 + random_.below(1u << 30));
    REQUIRE(plan);
    auto experiment = nights.submit(tonight, *plan, clock());
    REQUIRE(experiment);
    REQUIRE(life.daemon.work());
    tonight = nights.night_cells(id)->front();
    tonight.commit = head();
    tonight.reference_commit = reference;
    judge(life, tonight);
    REQUIRE(nights.update(tonight));
    REQUIRE(nights.finish(id, clock()).has_value());
    return tonight;
  }
  // What follows from it, with as many boots as that takes.
  void settle() {
    Life life(*this);
    life.settle();
  }

  std::string head() const { return shell("git rev-parse HEAD", tree()).substr(0, 40); }

  Weather weather;
  int boots = 5;
  int boots_made() const { return boots_made_; }
  std::string reference;  // empty: the tree's first commit

  TemporaryDirectory directory_ = scratch();
  CheapLab lab{directory_.path()};
  Database database = Database::open(lab.config.database()).value();

 private:
  ExperimentRequest request_of(const NightCell& tonight, const std::optional<NightCell>& good) const {
    ExperimentRequest request;
    request.title = "night";
    request.boots = boots;
    const auto arm = [&](std::string_view label, const std::string& base) {
      auto& entry = request.arms.emplace_back();
      entry.label = label;
      entry.base = base;
    };
    arm(arm_reference, reference);
    if (good && good->commit != reference && good->commit != tonight.commit) arm(arm_last_good, good->commit);
    arm(arm_tonight, tonight.commit);
    request.contrasts.push_back({std::string(arm_reference), std::string(arm_tonight)});
    if (request.arms.size() == 3) request.contrasts.push_back({std::string(arm_last_good), std::string(arm_tonight)});
    return request;
  }

  void judge(Life& life, NightCell& tonight) {
    auto record = life.daemon.experiments.get(*tonight.experiment).value();
    tonight.state = record.outcome == Outcome::ok ? CellState::done : CellState::lab_error;
    tonight.fingerprint = life.daemon.nights.fingerprint(record.id, std::string(arm_tonight)).value();
    tonight.verdict = CellVerdict::none;
    auto report = experiment_report(life.daemon.lab, record).value();
    const auto* morning = find_comparison(report, arm_last_good, arm_tonight);
    if (!morning && tonight.last_good) morning = find_comparison(report, arm_reference, arm_tonight);
    if (!morning || morning->rows.empty()) return;
    switch (morning->rows.front().verdict) {
      case Verdict::regressed: tonight.verdict = CellVerdict::regressed; break;
      case Verdict::improved: tonight.verdict = CellVerdict::improved; break;
      case Verdict::suggestive: tonight.verdict = CellVerdict::suggestive; break;
      case Verdict::no_change: tonight.verdict = CellVerdict::no_change; break;
      default: tonight.verdict = CellVerdict::within_noise;
    }
  }

  double normal() {
    double sum = -6.0;
    for (int i = 0; i < 12; ++i) sum += static_cast<double>(random_.below(1u << 30)) / (1u << 30);
    return sum;
  }

  FakeBoot boot(const BootSpec& spec) {
    const auto image = read_file(spec.kernel).value();
    const auto at = image.find("speed ");
    REQUIRE(at != std::string::npos);
    const auto words = image.substr(at + 6, image.find('\n', at) - at - 6);
    FakeBoot boot;
    boot.console("[    0.000000] Linux version 9.9 (klab@klab)\n");
    const bool trips = weather.trips > 0 && weather.trips-- > 0;
    if (trips || weather.broken.count(words)) return boot.console("Kernel panic - not syncing: broken\n").ends(PowerEnd::panicked);
    auto row = statement(database.connection(), "SELECT nonce FROM boot WHERE outcome IS NULL");
    REQUIRE(row.executeStep());
    ++boots_made_;
    const double value = std::stod(words) * (words == weather.ghost ? weather.haunted : 1.0) * weather.host * std::exp(weather.sd * normal());
    boot.console("klab: init\nklab: runner start\n").results(tiny_results(row.getColumn(0).getString(), value)).ends(PowerEnd::powered_off);
    return boot;
  }

  Random random_;
  // Of the order of boots: one in a hundred of three arms is two blocks, and gives no verdict.
  std::uint64_t seeds_ = 0;
  int commits_ = 0;
  int boots_made_ = 0;
  double day_ = CheapDaemon::now();
  double begun_ = CheapDaemon::now();
};

}  // namespace klab::test
