// SPDX-License-Identifier: GPL-3.0-or-later
// What the scheduler costs with 1,000 hosts and 100,000 boots in the queue: the daemon's own queue, leases and database,
// over hosts whose boots take 20 to 40 s of a clock that moves on whenever nobody has anything to do. Builds are left out:
// every experiment has its kernels at once. Every state, lease and boot with its samples is committed as the daemon does
// it. Prints how busy the hosts were until the queue ran dry, what CPU time a virtual second took, and the most memory that
// was resident.
//   klab_scheduler_bench [HOSTS [EXPERIMENTS [SAMPLES [whole]]]]     ten boots an experiment, SAMPLES a boot (3)
// With "whole" each boot is the daemon's own besides: its job image, its console and its results, read and judged.
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdlib>
#include <fstream>

#include "bench/virtual_host.hpp"
#include "pipeline/plan.hpp"
#include "schedule/queue.hpp"
#include "store/plan_rows.hpp"
#include "store/statement.hpp"
#include "util/file.hpp"
#include "util/random.hpp"
#include "workload/frames.hpp"

using namespace klab;
using namespace klab::bench;
namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr int boots_per_arm = 5;
constexpr int pool_size = 100;

template <class T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  fmt::print(stderr, "klab_scheduler_bench: {}\n", result.error().message);
  std::exit(3);
}
void must(const Result<void>& result) {
  if (result) return;
  fmt::print(stderr, "klab_scheduler_bench: {}\n", result.error().message);
  std::exit(3);
}

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  must(write_file_atomic(path, text));
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double status_mib(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (double kib = 0.0; word == key + ":" && status >> kib) return kib / 1024.0;
  return 0.0;
}

Config configuration(const fs::path& directory, int hosts, int samples) {
  const auto share = directory / "share";
  write(share / "kconfigs/lab.config", "CONFIG_FAST=y\n");
  write(share / "images/build.sh", "printf 'an archive' >\"$1\"\n");
  write(share / "workloads/tiny/run", "#!/bin/sh\n");
  fs::permissions(share / "workloads/tiny/run", fs::perms(0755));
  write(share / "workloads/tiny/workload.toml",
        fmt::format("name = \"tiny\"\ndescription = \"one number\"\nrun = \"run\"\ncases = [\"a\"]\ndefault_profile = \"quick\"\n[[metric]]\n"
                    "name = \"time\"\nunit = \"ns\"\nbetter = \"lower\"\nprimary = true\n[profiles.quick]\npasses = {}\npass_timeout = 60\n",
                    samples - 1));
  write(directory / "kernel", "a kernel");
  ConfigEnvironment environment;
  environment.home = directory;
  environment.share = share;
  auto config = must(parse_config(fmt::format("state = \"{0}/state\"\ncache = \"{0}/cache\"\n[defaults]\ntree = \"tree\"\nworkloads = [\"tiny\"]\n"
                                              "[trees.tree]\nrepository = \"{0}\"\n",
                                              directory.string()),
                                  "klab.toml", environment));
  for (const char* part : {"boots", "logs", "run"}) must(make_directories(config.state / part));
  for (int i = 0; i < hosts; ++i) {
    MachineSpec machine;
    machine.name = fmt::format("host{:04}", i);
    machine.driver = "ipmi";
    machine.labels = {"arch=x86_64", fmt::format("pool={}", i / pool_size)};
    config.machines[machine.name] = machine;
    config.hosts[machine.name].name = machine.name;
  }
  return config;
}

std::string results(const std::string& nonce, int samples) {
  std::string text;
  std::size_t sequence = 0;
  const auto add = [&](const std::string& payload) {
    text += fmt::format("klab1 {} {} {:08x} {}\n", sequence++, payload.size(), crc32(payload), payload);
  };
  add(fmt::format(R"({{"type":"hello","protocol":1,"job":"{}","release":"9.9","version":"#1","machine":"x86_64","cpus":2,)"
                  R"("command_line":"quiet","clocksource":"tsc","hypervisor":"n/a","dmi":"n/a","cpu":"Some CPU","microcode":"0x1",)"
                  R"("turbo":"n/a","smt":"n/a","cstates":"n/a","governor":"n/a","mitigations":"n/a","throttled":"n/a"}})",
                  nonce));
  for (int pass = 0; pass < samples; ++pass) {
    add(fmt::format(R"({{"type":"begin","workload":"tiny","case":"a","pass":{},"warmup":{}}})", pass, pass == 0));
    add(fmt::format(R"({{"type":"sample","workload":"tiny","case":"a","pass":{},"warmup":{},"metric":"time","value":{}}})", pass,
                    pass == 0, 100 + pass));
  }
  add(fmt::format(R"({{"type":"end","samples":{},"status":"ok","clocksource":"tsc","throttled":"n/a"}})", samples));
  return text;
}

// Kernels that are there: the states of a build without the build.
asio::awaitable<Result<std::optional<BuiltExperiment>>> no_build(Lab& lab, ProgressBoard&, std::int64_t id, fs::path kernel) {
  if (auto stored = lab.experiments.set_state(id, ExperimentState::building); !stored) co_return stored.error();
  auto record = lab.experiments.get(id);
  if (!record) co_return record.error();
  auto workloads = load_workloads(lab.config, record->plan);
  if (!workloads) co_return workloads.error().error;
  Artefacts artefacts;
  artefacts.kernel = kernel;
  const auto arms = record->arms.size();
  co_return std::optional<BuiltExperiment>(BuiltExperiment{std::move(*record), std::move(*workloads), std::vector<Artefacts>(arms, artefacts)});
}

// The boots of an experiment without what a boot itself takes: order, start, end and samples are stored.
asio::awaitable<Result<std::optional<Setback>>> bare_measure(Lab& lab, ProgressBoard& board, BuiltExperiment built, std::stop_token stop,
                                                             VirtualTime& time, int samples, std::function<double()> seconds, Tally& tally) {
  const auto id = built.record.id;
  if (auto stored = lab.experiments.set_state(id, ExperimentState::measuring); !stored) co_return stored.error();
  std::vector<std::int64_t> order;
  for (int i = 0; i < boots_per_arm; ++i)
    for (const auto& arm : built.record.arms) order.push_back(arm.id);
  if (auto added = lab.boots.add_slots(id, order); !added) co_return added.error();
  auto slots = lab.boots.slots(id);
  if (!slots) co_return slots.error();
  asio::steady_timer woken(co_await asio::this_coro::executor);
  for (const auto& slot : *slots) {
    if (stop.stop_requested()) co_return std::optional<Setback>();
    BootStart start;
    start.slot = slot.id;
    start.started = lab.now();
    start.nonce = fmt::format("{:016x}", slot.id);
    start.fingerprint.facts = {{"cpu", "virtual"}};
    auto boot = lab.boots.start(start);
    if (!boot) co_return boot.error();
    Progress progress;
    progress.step = fmt::format("boot {} of {}", slot.position, slots->size());
    board.set(id, progress);
    const double length = seconds();
    ++tally.running;
    woken.expires_at(asio::steady_timer::time_point::max());
    time.at(time.now() + length, [&woken, &tally, length] {
      --tally.running;
      ++tally.boots;
      tally.busy += length;
      woken.cancel();
    });
    boost::system::error_code ignored;
    co_await woken.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    BootEnd end;
    end.outcome = Outcome::ok;
    end.finished = lab.now();
    for (int pass = 0; pass < samples; ++pass) end.samples.push_back({"tiny", "a", "time", pass, pass == 0, 100.0 + pass});
    end.summaries.push_back({"tiny", "a", "time", 101.0, samples - 1});
    if (auto stored = lab.boots.finish(*boot, end); !stored) co_return stored.error();
  }
  if (auto stored = finish_experiment(lab, board, id, {Outcome::ok, {}}); !stored) co_return stored.error();
  co_return std::optional<Setback>();
}

}  // namespace

int main(int argc, char** argv) {
  const auto argument = [&](int at, int otherwise) { return argc > at ? std::atoi(argv[at]) : otherwise; };
  const int hosts = argument(1, 1000), experiments = argument(2, 10'000), samples = argument(3, 3);
  spdlog::set_level(spdlog::level::off);  // the clock on the wall is another one, and boots complain
  auto directory = must(TemporaryDirectory::create("/tmp", "klab-scheduler-"));
  const auto config = configuration(directory.path(), hosts, samples);
  auto database = must(Database::open(config.database()));

  asio::io_context reactor(1);
  asio::thread_pool workers(1);
  VirtualTime time;
  Tally tally;
  Random random(1);
  ExperimentStore experiment_store(database);
  BuildStore builds(database);
  BootStore boots(database);
  HostStore host_store(database);
  NightStore nights(database);
  TrendStore trends(database);
  TreeStore trees(config.cache);
  KernelBuilder builder(builder_options(config), trees);
  std::map<std::string, std::unique_ptr<Machine>> machines;
  auto say = [&](const MachineSpec& spec) {
    auto row = statement(database.connection(), "SELECT nonce FROM boot WHERE outcome IS NULL AND machine = ?", spec.name);
    return results(row.executeStep() ? row.getColumn(0).getString() : std::string(), samples);
  };
  auto last = [&] { return 20.0 + static_cast<double>(random.below(20'000)) / 1000.0; };
  for (const auto& [name, spec] : config.machines)
    if (spec.driver == "ipmi") machines[name] = std::make_unique<VirtualHost>(reactor.get_executor(), time, tally, spec, say, last);
  Bell bell(reactor.get_executor());
  Lab lab{config, experiment_store, builds, boots, host_store, nights, trends, trees, builder, machines, workers, bell, [&] { return time.now(); }};
  ProgressBoard board(reactor.get_executor());
  Queue::Steps steps;
  steps.build = [kernel = directory.path() / "kernel"](Lab& l, ProgressBoard& b, std::int64_t id, std::stop_token) { return no_build(l, b, id, kernel); };
  const bool whole = argc > 4;
  if (!whole)
    steps.measure = [&](Lab& l, ProgressBoard& b, BuiltExperiment built, std::stop_token token) {
      return bare_measure(l, b, std::move(built), token, time, samples, last, tally);
    };
  Queue queue(lab, board, reactor.get_executor(), steps);

  // A third for one host each, a third for a pool of a hundred, a third for any.
  {
    SQLite::Transaction all(database.connection());
    ExperimentRequest request;
    request.arms.resize(2);
    request.arms[0].label = "baseline";
    request.arms[1].label = "patched";
    request.arms[1].command_line = "quiet";
    request.boots = boots_per_arm;
    for (int i = 0; i < experiments; ++i) {
      const auto where = i % 3 == 0   ? fmt::format("host{:04}", i / 3 % hosts)
                         : i % 3 == 1 ? fmt::format("pool={}", i / 3 % std::max(1, hosts / pool_size))
                                      : std::string("arch=x86_64");
      for (auto& arm : request.arms) arm.machine = where;
      auto plan = must(make_plan(request, config, "ada", static_cast<std::uint64_t>(i) + 1));
      execute(database.connection(), "SAVEPOINT one");
      (void)insert_plan(database.connection(), plan, time.now());
      execute(database.connection(), "RELEASE one");
    }
    all.commit();
  }
  const double before_mib = status_mib("VmRSS");

  std::stop_source stop;
  bool ended = false;
  auto running = queue.run(stop.get_token());
  const double cpu = cpu_seconds(), begun = time.now();
  const auto wall = std::chrono::steady_clock::now();
  asio::co_spawn(reactor, std::move(running), [&](std::exception_ptr thrown, Result<void> result) {
    if (thrown) std::rethrow_exception(thrown);
    must(result);
    ended = true;
  });
  const auto all_boots = static_cast<std::uint64_t>(experiments) * 2 * boots_per_arm;
  double dry = 0.0, busy_until_dry = 0.0;
  double filled_cpu = 0.0;
  bool full = false;
  while (!ended) {
    reactor.poll();
    if (!full && tally.running == hosts) full = true, filled_cpu = cpu_seconds() - cpu;
    // Whoever is between two boots waits for the thread that writes images; the clock waits for him.
    if (tally.running < hosts && reactor.run_one_for(std::chrono::milliseconds(full && dry == 0.0 ? 20 : 5)) > 0) continue;
    if (full && dry == 0.0 && tally.running < hosts) {
      dry = time.now();
      busy_until_dry = tally.busy;
      // What is under way counts with the part that is over: half of it, on average.
      busy_until_dry += tally.running * 15.0;
    }
    if (!time.is_over()) time.advance();
    else if (tally.boots >= all_boots) stop.request_stop();
  }
  const double seconds = time.now() - begun, spent = cpu_seconds() - cpu;
  const double real = std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count();
  if (dry == 0.0) dry = time.now(), busy_until_dry = tally.busy;
  const auto done = database.connection().execAndGet("SELECT count(*) FROM experiment WHERE state = 'done' AND outcome = 'ok'").getInt();
  fmt::print("hosts {}, experiments {}, boots {}, samples a boot {}\n", hosts, experiments, tally.boots, samples);
  fmt::print("experiments done and ok      {:10}\n", done);
  fmt::print("virtual time                 {:10.0f} s, of it {:.0f} s until the first host found nothing to do\n", seconds, dry - begun);
  fmt::print("hosts busy until then        {:10.2f} %\n", 100.0 * busy_until_dry / ((dry - begun) * hosts));
  fmt::print("hosts busy over all          {:10.2f} %\n", 100.0 * tally.busy / (seconds * hosts));
  fmt::print("CPU                          {:10.1f} s, {:.2f} ms a boot ({:.1f} s of it until every host had its first boot)\n", spent,
             1000.0 * spent / static_cast<double>(tally.boots), filled_cpu);
  fmt::print("CPU over virtual time        {:10.2f} % of a core   (goal 5)\n", 100.0 * spent / seconds);
  fmt::print("resident at most             {:10.1f} MiB, {:.1f} MiB before the queue ran   (goal 100)\n", status_mib("VmHWM"), before_mib);
  fmt::print("real time                    {:10.1f} s\n", real);
  workers.join();
  return done == experiments ? 0 : 1;
}
