// SPDX-License-Identifier: GPL-3.0-or-later
// Fills a laboratory's database with a year: 365 nights of a matrix with four cells, and so many experiments that there
// are a million samples. Two cells run nearly every night, the others only when their tree has changed. Values are
// lognormal around the workload's usual ones; there are a regression of 5 %, one of 17 % that is mended, another host,
// missing nights, and boots that crash. Everything goes through the daemon's own stores, without waiting for the disk.
//   klab_generate CONFIG [SAMPLES]
#include <spdlog/spdlog.h>

#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <cstdlib>

#include "bench/generated_lab.hpp"
#include "pipeline/measure.hpp"
#include "pipeline/plan.hpp"
#include "pipeline/night_points.hpp"
#include "stats/order.hpp"
#include "util/file.hpp"
#include "util/hash.hpp"
#include "util/text.hpp"

using namespace klab;
using namespace klab::bench;
namespace asio = boost::asio;

namespace {

constexpr int nights_stored = 365;
constexpr int boots_per_arm = 5;
constexpr double first_night = 1'766'800'800.0;  // 2025-12-27, two in the morning
constexpr const char* matrix = "mainline";

template <class T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  fmt::print(stderr, "klab_generate: {}\n", result.error().message);
  std::exit(3);
}
void must(const Result<void>& result) {
  if (result) return;
  fmt::print(stderr, "klab_generate: {}\n", result.error().message);
  std::exit(3);
}

// What tonight's kernel takes of the time that the pinned one takes.
double factor_of(std::size_t cell, int night) {
  double factor = 1.0;
  if (cell == 0 && night >= 120) factor *= 1.05;
  if (cell == 1 && night >= 200 && night < 260) factor *= 1.17;
  return factor;
}

struct Generator {
  Lab& lab;
  Random random{2026};
  GeneratedTexts texts{1};
  std::uint64_t samples = 0;
  int experiments = 0;

  std::string commit(const std::string& words) { return sha256(words).substr(0, 40); }

  std::int64_t build(std::int64_t arm, const std::string& release, bool cached, double now) {
    BuildRecord record;
    record.id = must(lab.builds.start(now));
    record.key = sha256(release);
    record.outcome = Outcome::ok;
    record.log = cached ? "klab: kernels/" + record.key + " is there\n" : texts.build_log(random, release);
    record.kernel = "/var/cache/klab/kernels/" + record.key + "/bzImage";
    record.kernel_sha256 = sha256("kernel " + release);
    record.release = release;
    record.compiler = "gcc (Debian 12.2.0-14+deb12u1) 12.2.0";
    record.config = texts.config(release.substr(0, 8));
    record.from_cache = cached;
    record.finished = now + (cached ? 0.4 : 95.0);
    must(lab.builds.finish(record));
    must(lab.experiments.set_arm_build(arm, record.id));
    return record.id;
  }

  void boot(std::int64_t experiment, const Slot& slot, const std::string& label, const std::string& release, double factor, double now, int night) {
    BootStart start;
    start.slot = slot.id;
    start.started = now;
    start.acceleration = "KVM";
    start.command_line = "console=ttyS0 oops=panic panic=0";
    start.case_seed = random.below(1ull << 52);
    start.nonce = fmt::format("{:016x}", random.next());
    // A new microcode in the last third of the year.
    start.fingerprint.facts = {{"cpu", "AMD EPYC 9354 32-Core Processor"}, {"cpus", "64"}, {"compiler", "gcc (Debian 12.2.0-14+deb12u1) 12.2.0"},
                               {"firmware", "n/a"}, {"kernel", "6.12.43"}, {"microcode", night < 250 ? "0xa101148" : "0xa101154"},
                               {"libvirt", "9.0.0"}, {"qemu", "7.2.22"}, {"architecture", "x86_64"}};
    start.before = {0.1, 0.0, "performance"};
    BootSpec spec{fmt::format("klab-{}-{}-1", experiment, slot.position), "/var/cache/klab/kernels/" + sha256(release) + "/bzImage",
                  job_image_path(lab.config, slot.id, 1), start.command_line};
    start.reproduce = reproduce_script(lab.config.machines.at("vm"), spec, Acceleration::kvm,
                                       fmt::format("klab experiment {}, boot in slot {}, arm {}", experiment, slot.position, label));
    const auto id = must(lab.boots.start(start));
    BootEnd end;
    end.outcome = random.below(400) == 0 ? Outcome::crashed : Outcome::ok;
    end.finished = now + 21.0 + static_cast<double>(random.below(3000)) / 1000.0;
    end.console = texts.console(random, release);
    end.guest_facts = {{"clocksource", "tsc"}, {"clocksource_at_end", "tsc"}, {"command_line", start.command_line}, {"cpus", "8"},
                       {"machine", "x86_64"}, {"release", release}, {"version", "#1 SMP Sat Jan  1 00:00:00 UTC 2000"}};
    end.after = {0.3, 0.01, "performance"};
    end.seconds_to_userspace = 1.1 + 0.02 * normal(random);
    if (end.outcome == Outcome::ok) {
      add_results(end, random, factor);
      samples += end.samples.size();
    } else {
      end.title = "BUG: kernel NULL pointer dereference in process_one_work";
      end.excerpt = "BUG: kernel NULL pointer dereference, address: 0000000000000010\nRIP: 0010:process_one_work+0x10c/0x390\n";
    }
    must(lab.boots.finish(id, end));
  }

  // One night of one cell, from its plan to its point of the trend.
  void run(NightCell cell, const Cell& place, std::size_t index, int night, double now) {
    ExperimentRequest request;
    auto last_good = must(lab.nights.last_good(cell.cell, cell.id));
    for (const auto label : {arm_reference, arm_last_good, arm_tonight}) {
      if (label == arm_last_good && !last_good) continue;
      request.arms.emplace_back().label = label;
    }
    request.title = fmt::format("{}, night of {}", place.label, night);
    request.workloads = {place.workload};
    request.boots = boots_per_arm;
    request.contrasts = {{std::string(arm_reference), std::string(arm_tonight)}};
    if (last_good) request.contrasts.push_back({std::string(arm_last_good), std::string(arm_tonight)});
    const auto plan = must(make_plan(request, lab.config, "klabd", random.below(1ull << 52) + 1));
    cell.commit = commit(fmt::format("{} {}", place.ref, night / (index < 2 ? 1 : 20)));
    cell.reference_commit = commit("pinned");
    cell.inputs = sha256(cell.commit + place.label);
    if (last_good) cell.last_good = last_good->id;
    const auto experiment = must(lab.nights.submit(cell, plan, now));
    ++experiments;
    const auto record = must(lab.experiments.get(experiment));
    std::map<std::int64_t, std::pair<std::string, double>> arms;  // release, factor
    for (std::size_t i = 0; i < record.arms.size(); ++i) {
      const auto& label = record.plan.arms[i].label;
      const bool tonight = label == arm_tonight, pinned = label == arm_reference;
      const int of = tonight ? night : pinned ? 0 : std::max(0, night - 1);
      const auto release = fmt::format("6.{}.0-rc{}-klab-{}", 18 + of / 70, 1 + of / 10 % 7, pinned ? 0 : of);
      must(lab.experiments.set_arm_base(record.arms[i].id, pinned ? cell.reference_commit : tonight ? cell.commit : last_good->commit,
                                        "what was asked for", {}));
      build(record.arms[i].id, release, !tonight, now);
      arms[record.arms[i].id] = {release, pinned ? 1.0 : factor_of(index, of)};
    }
    std::vector<std::int64_t> order;
    for (const int arm : draw_boot_order(std::vector<int>(record.arms.size(), boots_per_arm), record.plan.seed))
      order.push_back(record.arms[static_cast<std::size_t>(arm)].id);
    must(lab.boots.add_slots(experiment, order));
    for (const auto& slot : must(lab.boots.slots(experiment))) {
      std::string label;
      for (std::size_t i = 0; i < record.arms.size(); ++i)
        if (record.arms[i].id == slot.arm) label = record.plan.arms[i].label;
      boot(experiment, slot, label, arms.at(slot.arm).first, arms.at(slot.arm).second, now += 24.0, night);
    }
    must(lab.experiments.finish(experiment, Outcome::ok, "", "", now));
    cell.state = CellState::done;
    cell.experiment = experiment;
    cell.verdict = CellVerdict::within_noise;
    cell.fingerprint = must(lab.nights.fingerprint(experiment, std::string(arm_tonight)));
    must(lab.nights.update(cell));
    must(lab.trends.set_points(cell.id, must(night_points(lab, cell))));
  }
};

std::vector<Cell> places(const std::string& workload) {
  std::vector<Cell> cells;
  for (const char* ref : {"master", "next", "stable", "longterm"}) {
    Cell cell;
    cell.matrix = matrix;
    cell.label = fmt::format("{} lab vm workqueue", ref);
    cell.tree = "debian";
    cell.ref = ref;
    cell.kconfig = "lab";
    cell.machine = "vm";
    cell.workload = workload;
    cells.push_back(std::move(cell));
  }
  return cells;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: klab_generate CONFIG [SAMPLES]\n");
    return 64;
  }
  const std::uint64_t wanted = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1'000'000;
  spdlog::set_level(spdlog::level::warn);
  const auto config = must(load_config(argv[1], config_environment()));
  must(make_directories(config.state));
  auto database = must(Database::open(config.database()));
  database.connection().exec("PRAGMA synchronous = OFF");
  asio::io_context reactor(1);
  asio::thread_pool workers(1);
  ExperimentStore experiments(database);
  BuildStore builds(database);
  BootStore boots(database);
  HostStore hosts(database);
  NightStore nights(database);
  TrendStore trends(database);
  TreeStore trees(config.cache);
  KernelBuilder builder(builder_options(config), trees);
  std::map<std::string, std::unique_ptr<Machine>> machines;
  Bell bell(reactor.get_executor());
  double clock = first_night;
  Lab lab{config, experiments, builds, boots, hosts, nights, trends, trees, builder, machines, workers, bell, [&] { return clock; }};
  Generator generator{lab};
  const auto cells = places("workqueue:profile=quick");
  // So that all nights together come to what is wanted: 15 boots of 100 samples each time a cell runs.
  const double runs = static_cast<double>(wanted) / 1500.0 / nights_stored;
  const double often = std::min(1.0, runs * 0.47), seldom = std::min(1.0, runs * 0.03);
  std::vector<std::pair<std::int64_t, std::int64_t>> changed;  // cell, first night cell after its change
  for (int night = 0; night < nights_stored; ++night) {
    clock = first_night + night * 86'400.0;
    Night row;
    row.matrix = matrix;
    row.date = local_time(clock).substr(0, 10);
    row.started = clock;
    row.definition = "trees = [\"debian\"]\n[nightly]\nat = \"02:00\"\n";
    row.person = "klabd";
    const auto id = must(nights.begin(row, cells));
    must(nights.set_tree(id, {"debian", true, ""}));
    for (auto& cell : must(nights.night_cells(id))) {
      const auto place = must(nights.cell(cell.cell));
      std::size_t index = 0;
      while (cells[index].label != place.label) ++index;
      const double chance = static_cast<double>(generator.random.below(1'000'000)) / 1e6;
      const bool out = night % 97 == 60;  // the lab was out of order
      if (!out && (night == nights_stored - 1 || chance < (index < 2 ? often : seldom))) {
        generator.run(cell, place, index, night, clock);
        if ((index == 0 && night >= 120) || (index == 1 && (night >= 200)))
          if (std::none_of(changed.begin(), changed.end(), [&](const auto& c) { return c.first == cell.cell; })) changed.emplace_back(cell.cell, cell.id);
        continue;
      }
      cell.state = out ? CellState::lab_error : CellState::skipped;
      cell.reason = out ? "host was being moved" : "nothing has changed since the night before";
      must(nights.update(cell));
    }
    must(nights.finish(id, clock + 7200.0));
    if (night == nights_stored - 1)
      for (const auto& [cell, first] : changed) {
        CellAnalysis analysis;
        analysis.cell = cell;
        ChangePoint change;
        change.row = {"workqueue", "cpu", "p95"};
        change.night_cell = first;
        change.p = 0.005;
        change.magnitude = 0.05;
        analysis.changes.push_back(change);
        must(trends.set_changes(analysis));
      }
    must(trends.set_analysed(id));
    if (night % 30 == 29) fmt::print(stderr, "night {}: {} experiments, {} samples\n", night + 1, generator.experiments, generator.samples);
  }
  database.connection().exec("UPDATE experiment SET seen = 1");  // what follows an experiment's end has happened
  database.connection().exec("PRAGMA wal_checkpoint(TRUNCATE)");
  fmt::print("{} samples of {} experiments in {} nights\n", generator.samples, generator.experiments, nights_stored);
  workers.join();
}
